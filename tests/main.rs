mod golden_stats;
