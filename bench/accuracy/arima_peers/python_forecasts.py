#!/usr/bin/env python3
"""Forecasts of statsforecast or statsmodels for the series of one M4 file.

    python_forecasts.py TRAIN.csv.gz PERIOD HORIZON METHOD COUNT OUT.csv

METHOD is statsforecast (AutoARIMA) or statsmodels (SARIMAX of the order that the file ORDERS, given
as seventh argument, names for each series: statsmodels has no search of its own). OUT has a row a
series: its name, the processor seconds of fit and forecast, the point forecasts.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
ORDER = re.compile(r"ARIMA\((\d),(\d),(\d)\)(?:\((\d),(\d),(\d)\)\[(\d+)\])?(.*)")


def series_of(path: str) -> list[tuple[str, np.ndarray]]:
    with gzip.open(path, "rt") as file:
        rows = csv.reader(file)
        next(rows)
        return [(row[0], np.array([float(x) for x in row[1:] if x not in ("", "NA")])) for row in rows]


def main() -> None:
    train, period, horizon, method, count, out = sys.argv[1:7]
    everything = series_of(train)
    number = int(count) or len(everything)
    chosen = [everything[i * len(everything) // number] for i in range(number)]
    orders = {}
    if method == "statsmodels":
        from statsmodels.tsa.statespace.sarimax import SARIMAX
        with open(sys.argv[7]) as file:
            orders = {row[0]: row[-1] for row in csv.reader(file)}
    else:
        from statsforecast.arima import auto_arima_f, forecast_arima
        auto_arima_f(np.random.default_rng(1).normal(size=60).cumsum(), period=1)  # compiles
    with open(out, "w") as file:
        for name, values in chosen:
            begun = time.process_time()
            if method == "statsmodels":
                p, d, q, big_p, big_d, big_q, m, rest = ORDER.match(orders[name]).groups(default="0")
                trend = None if not rest.strip() else ("c" if d == big_d == "0" else "t")
                model = SARIMAX(values, order=(int(p), int(d), int(q)), trend=trend,
                                seasonal_order=(int(big_p), int(big_d), int(big_q), int(m)))
                ahead = model.fit(disp=False).forecast(int(horizon))
            else:
                fit = auto_arima_f(values, period=int(period))
                ahead = forecast_arima(fit, h=int(horizon))["mean"]
            seconds = time.process_time() - begun
            file.write(",".join([name, f"{seconds:.4f}", *(f"{x:.10g}" for x in ahead)]) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
