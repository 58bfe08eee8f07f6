# Forecasts of R's forecast package for the series of one M4 file.
#
#   Rscript forecasts.R TRAIN.csv.gz PERIOD HORIZON METHOD COUNT OUT.csv
#
# METHOD is auto.arima or ets; COUNT how many series, evenly spread over the file (0: all). OUT has
# a row a series: its name, the processor seconds of fit and forecast, the point forecasts.
suppressMessages(library(forecast))
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(gzfile(arguments[1]), check.names = FALSE)
period <- as.integer(arguments[2])
horizon <- as.integer(arguments[3])
method <- arguments[4]
count <- as.integer(arguments[5])
chosen <- seq_len(nrow(rows))
if (count > 0 && count < nrow(rows)) chosen <- floor(seq(0, count - 1) * nrow(rows) / count) + 1
out <- file(arguments[6], "w")
for (i in chosen) {
  values <- as.numeric(rows[i, -1])
  series <- ts(values[seq_len(max(which(!is.na(values))))], frequency = period)
  begun <- sum(proc.time()[c("user.self", "sys.self")])
  fit <- if (method == "ets") ets(series) else auto.arima(series)
  ahead <- as.numeric(forecast(fit, h = horizon)$mean)
  seconds <- sum(proc.time()[c("user.self", "sys.self")]) - begun
  cat(rows[i, 1], sprintf("%.4f", seconds), sprintf("%.10g", ahead), sep = ",", file = out)
  cat("\n", file = out)
  flush(out)
}
close(out)
