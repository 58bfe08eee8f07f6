# R's exact likelihoods of given orders, for comparison at R's own estimates.
#
#   Rscript likelihoods.R WEEKLY-TRAIN.csv.gz HOURLY-TRAIN.csv.gz COUNT OUT.csv
#
# The last 300 points of COUNT series, seven of ten weekly ones without a season, the others hourly
# ones of period 24; the orders in turn. A row: name, points, p,d,q,P,D,Q,period,constant, log
# likelihood, AICc, the log likelihood at the same coefficients of the series differenced
# beforehand, and the coefficients in the order ar, ma, sar, sma. R approximates the diffuse prior of
# a differenced model by a variance of 10^6 innovations; differenced beforehand there is none.
suppressMessages(library(forecast))
arguments <- commandArgs(trailingOnly = TRUE)
count <- as.integer(arguments[3])
plain <- list(c(1, 0, 0, 1), c(0, 1, 1, 0), c(2, 1, 1, 0), c(1, 1, 2, 1), c(3, 0, 2, 1),
              c(0, 2, 1, 0), c(2, 1, 2, 1), c(0, 0, 3, 1), c(5, 1, 0, 0), c(1, 2, 2, 0))
seasonal <- list(c(1, 0, 0, 0, 1, 1, 0), c(0, 1, 1, 0, 1, 1, 0), c(2, 0, 1, 1, 0, 0, 1),
                 c(1, 0, 1, 0, 1, 1, 1), c(1, 1, 1, 1, 0, 1, 0))
weekly <- read.csv(gzfile(arguments[1]), check.names = FALSE)
hourly <- read.csv(gzfile(arguments[2]), check.names = FALSE)
out <- file(arguments[4], "w")
cat("name,points,p,d,q,P,D,Q,period,constant,loglik,aicc,loglik_differenced,coefficients\n", file = out)
for (i in seq_len(count)) {
  is_weekly <- (i - 1) %% 10 < 7
  rows <- if (is_weekly) weekly else hourly
  values <- as.numeric(rows[(i * 7) %% nrow(rows) + 1, -1])
  values <- tail(values[!is.na(values)], 300)
  if (is_weekly) {
    order <- plain[[(i %% length(plain)) + 1]]
    order <- c(order[1:3], 0, 0, 0, order[4])
    series <- ts(values)
  } else {
    order <- seasonal[[(i %% length(seasonal)) + 1]]
    series <- ts(values, frequency = 24)
  }
  constant <- order[7] == 1
  fit <- try(Arima(series, order = order[1:3], seasonal = order[4:6], include.constant = constant,
                   method = "ML"), silent = TRUE)
  if (inherits(fit, "try-error") || fit$code != 0) next
  named <- coef(fit)
  before <- series
  if (order[5] > 0) before <- diff(before, lag = frequency(series))
  if (order[2] > 0) before <- diff(before, differences = order[2])
  free <- setNames(named[grepl("^(ar|ma|sar|sma)[0-9]+$", names(named))], NULL)
  exact <- try(Arima(ts(before, frequency = frequency(series)),
                     order = c(order[1], 0, order[3]), seasonal = c(order[4], 0, order[6]),
                     include.mean = constant, method = "ML", transform.pars = FALSE,
                     fixed = c(free, if (constant) NA)), silent = TRUE)
  parts <- named[grepl("^(ar|ma|sar|sma)[0-9]+$", names(named))]
  cat(rows[(i * 7) %% nrow(rows) + 1, 1], length(values), order[1:6], if (is_weekly) 1 else 24,
      order[7], sprintf("%.12g", fit$loglik), sprintf("%.12g", fit$aicc),
      if (inherits(exact, "try-error")) "" else sprintf("%.12g", exact$loglik),
      paste(sprintf("%.15g", parts), collapse = " "), sep = ",", file = out)
  cat("\n", file = out)
  flush(out)
}
close(out)
