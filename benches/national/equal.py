#!/usr/bin/env python3
"""equal.py OUT PEER [--tol 1e-9]: whether the tables of a national run hold the same values as a peer's output folder.

OUT is the output folder of `resonanz run` with the configuration beside this file, PEER holds cells, muni_service,
rollup, survey and the three quarantines (Parquet or CSV) in the names of the peers. Text and integers are
compared exactly, floats to the tolerance, a missing value equals only a missing value. Needs polars from PyPI.
"""
import argparse
import os
import sys

import polars as pl

SUMS = {
    "started_online": "started_online",
    "submitted_online": "submitted_online",
    "completed_online": "completed_online",
    "completed_all": "completed_all",
    "online_share": "adoption_rate",
    "completion_rate": "completion_rate",
    "votes": "fb_n",
    "votes_yes": "fb_helpful",
    "comments": "fb_comments",
    "helpful_share": "satisfaction",
    "helpful_lower": "wilson_lo",
    "helpful_upper": "wilson_hi",
}
POSITION = {
    "rank": "rank",
    "ranked": "n_ranked",
    "percentile": "percentile",
    "compared": "n_comparison",
    "trend_months": "trend_months",
    "trend_slope": "trend_slope",
}
# The codes of findings on a column, as the peers call them; a code without a column stands for any.
REASONS = {
    "usage": {
        ("date", None): "bad_date",
        ("ags", None): "unknown_ags",
        ("service_id", None): "unknown_service",
        ("channel", None): "bad_channel",
        ("metric", None): "bad_metric",
        ("count", "negative_count"): "negative_count",
        ("count", "duplicate_ignored"): "duplicate",
        ("count", None): "bad_count",
    },
    "feedback": {
        ("timestamp", None): "bad_timestamp",
        ("ags", None): "unknown_ags",
        ("service_id", None): "unknown_service",
        ("helpful", None): "bad_helpful",
    },
    "survey": {
        ("wave", None): "bad_wave",
        ("ags", None): "unknown_ags",
        ("weight", None): "bad_weight",
        ("respondent_id", None): "duplicate",
        **{(f"q{at}", None): "bad_answer" for at in range(1, 6)},
    },
}


def peer(folder, name):
    path = f"{folder}/{name}"
    if os.path.exists(f"{path}.parquet"):
        return pl.read_parquet(f"{path}.parquet")
    frame = pl.read_csv(f"{path}.csv", infer_schema=False)
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())


def own(folder, name):
    return pl.read_parquet(f"{folder}/internal/data/{name}.parquet")


def differences(ours, theirs, tolerance):
    if ours.columns != theirs.columns or ours.height != theirs.height:
        return [f"shape {ours.shape} against {theirs.shape}; {ours.columns} against {theirs.columns}"], 0.0
    out, worst = [], 0.0
    for column in ours.columns:
        a, b = ours[column], theirs[column]
        if (a.is_null() != b.is_null()).any():
            at = (a.is_null() != b.is_null()).arg_true()
            out.append(f"{column}: {len(at)} missing on one side, first {ours.row(at[0])} | {theirs.row(at[0])}")
        elif a.dtype.is_float():
            gap = (a - b.cast(pl.Float64)).abs() / pl.select(pl.max_horizontal(a.abs(), b.cast(pl.Float64).abs(), 1.0)).to_series()
            largest = gap.fill_nan(1e9).max() or 0.0
            worst = max(worst, largest)
            if largest > tolerance:
                at = gap.fill_nan(1e9).arg_max()
                out.append(f"{column}: off by {largest}, {ours.row(at)} | {theirs.row(at)}")
        else:
            unequal = (a.cast(pl.String) != b.cast(pl.String)).fill_null(False)
            if unequal.any():
                at = unequal.arg_true()
                out.append(f"{column}: {len(at)} differ, first {ours.row(at[0])} | {theirs.row(at[0])}")
    return out, worst


def quarantine(folder, source):
    fields = {
        "usage": {"period": "date", "area": "ags", "service": "service_id", "channel": "channel", "stage": "metric", "count": "count"},
        "feedback": {"time": "timestamp", "area": "ags", "service": "service_id", "value": "helpful"},
        "survey": {"respondent": "respondent_id", "wave": "wave", "area": "ags"},
    }[source]
    rows = own(folder, "quarantine").filter(pl.col("source") == source)
    kept = own(folder, "findings").filter(pl.col("source") == source, pl.col("severity") != "note")
    kept = kept.select("record", "code", "column").unique(["record", "code"], maintain_order=True)
    rows = rows.join(kept, on=["record", "code"], how="left", maintain_order="left")
    reasons = REASONS[source]
    reason = [reasons.get((c, code)) or reasons.get((c, None)) for c, code in zip(rows["column"], rows["code"])]
    # Of the findings of one code only the first 10,000 are listed with their column: a code that had but one
    # reason until then stands for it.
    told = {}
    for name, code in zip(reason, rows["code"]):
        told.setdefault(code, set()).update({name} - {None})
    reason = [name or (min(told[code]) if len(told[code]) == 1 else code) for name, code in zip(reason, rows["code"])]
    values = [dict(part.split("=", 1) for part in text.split("; ")) if text else {} for text in rows["values"]]
    wide = pl.DataFrame({"record": rows["record"]} | {f: pl.Series([v.get(f) for v in values], dtype=pl.String) for f in fields})
    missing = [pl.lit(None, pl.String).alias(f) for f in fields if f not in wide.columns]
    wide = wide.with_columns(*missing, pl.Series("reason", reason))
    out = wide.select(pl.col("record").alias("row_no"), "reason", *(pl.col(f).alias(n) for f, n in fields.items()))
    if source == "usage":
        out = out.with_columns(count=pl.when(pl.col("reason") == "bad_count").then(None).otherwise("count"))
    return out.sort("row_no").with_columns(pl.col("row_no").cast(pl.String))


def survey(folder, theirs):
    own_names = {"weight_sum": "w_sum", "n_effective": "n_eff"}
    dimensions = {
        "country": "country",
        "land": "state",
        "attribute:size_class": "size_class",
        "attribute:treated": "group",
        "stratum": "stratum",
    }
    ours = own(folder, "survey_ratings").rename(own_names).filter(pl.col("dimension").is_in(list(dimensions)))
    ours = ours.with_columns(dim=pl.col("dimension").replace(dimensions))
    treated = pl.col("dim") == "group"
    level = pl.when(treated & (pl.col("level") == "1")).then(pl.lit("treated"))
    ours = ours.with_columns(level=level.when(treated).then(pl.lit("comparison")).otherwise("level"))
    order = ["wave", "dim", "level", "question"]
    return ours.select(theirs.columns).sort(order), theirs.sort(order)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("peer")
    parser.add_argument("--tol", type=float, default=1e-9)
    a = parser.parse_args()
    month = pl.col("month").dt.strftime("%Y-%m")
    cells = own(a.out, "cells").with_columns(month).rename({"area": "ags", "service": "service_id"} | SUMS)
    theirs = peer(a.peer, "cells")
    pairs = {"cells": (cells.select(theirs.columns), theirs)}
    theirs = peer(a.peer, "muni_service")
    names = {"area": "ags", "service": "service_id"} | SUMS | POSITION
    pairs["muni_service"] = (own(a.out, "positions").rename(names).select(theirs.columns), theirs)
    theirs = peer(a.peer, "rollup")
    rollup = own(a.out, "rollup").with_columns(month).rename({"dimension": "dim", "service": "service_id", "areas": "n_munis"} | SUMS)
    rollup = rollup.with_columns(
        dim=pl.col("dim").replace({"all": "country"}), level=pl.when(pl.col("dim") == "all").then(pl.lit("DE")).otherwise("level")
    )
    order = ["dim", "level", "service_id", "month"]
    pairs["rollup"] = (rollup.select(theirs.columns).sort(order), theirs.sort(order))
    pairs["survey"] = survey(a.out, peer(a.peer, "survey"))
    for source in ("usage", "feedback", "survey"):
        # Of a respondent only the record number is kept: the id leads back to a person.
        theirs = peer(a.peer, f"quarantine_{source}").with_columns(pl.col("row_no").cast(pl.String))
        kept = [column for column in theirs.columns if column != "respondent_id"]
        pairs[f"quarantine_{source}"] = (quarantine(a.out, source).select(kept), theirs.select(kept))
    bad = 0
    for name, (ours, theirs) in pairs.items():
        found, worst = differences(ours, theirs, a.tol)
        bad += bool(found)
        print(f"{name}: {ours.height} rows", "DIFFERENT" if found else f"same (largest gap {worst:.1e})", *found, sep="\n  " if found else " ")
    sys.exit(1 if bad else 0)


main()
