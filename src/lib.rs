//! resonanz shows public administration whether its online services are used.
//!
//! ```text
//!  sources            records              panel                estimates          protected tables     statements, charts    documents
//!  CSV XLSX           typed rows +         area x service       KPIs, groups,      what this            tested sentences,     HTML SVG PNG
//!  Parquet GV100  ->  findings         ->  x month x measure -> comparisons,   ->  audience may see ->  pictures          ->  CSV Parquet
//!                                                               survey
//!  ingest/            ingest/              panel/               kpi/ compare/      disclosure/          story/ chart/         report/ publish/
//!                                                               survey/ text/
//! ```
//!
//! Data flow one way, left to right. [`domain`] and [`stats`] are the ground floor. Each stage owns
//! the type of its settings; [`config`] composes them. [`run`] is the whole pipeline on one screen.

pub mod calc;
pub mod chart;
pub mod cli;
pub mod compare;
pub mod config;
pub mod demo;
pub mod disclosure;
pub mod domain;
mod error;
pub mod ingest;
pub mod kpi;
pub mod panel;
pub mod publish;
pub mod report;
pub mod run;
pub mod stats;
pub mod story;
pub mod survey;
pub mod text;

pub use error::{Error, ErrorKind, Result};
