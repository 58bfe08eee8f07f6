# Writes src/forecast/arima/testdata/r_likelihoods.csv: R's exact likelihoods of made-up series.
#
#   Rscript fixture.R > src/forecast/arima/testdata/r_likelihoods.csv
#
# A row: p,d,q,P,D,Q,period,constant, log likelihood, AICc, the constant, the coefficients (ar, ma,
# sar, sma), the series. Differences are taken before R sees the series, so that its approximate
# diffuse prior plays no part. Series with gaps have d = D = 0.
suppressMessages(library(forecast))
set.seed(20260101)
orders <- list(c(1, 0, 0, 0, 0, 0, 1, 1), c(0, 0, 1, 0, 0, 0, 1, 0), c(2, 0, 1, 0, 0, 0, 1, 1),
               c(0, 1, 1, 0, 0, 0, 1, 0), c(1, 1, 2, 0, 0, 0, 1, 1), c(3, 1, 0, 0, 0, 0, 1, 0),
               c(0, 2, 1, 0, 0, 0, 1, 0), c(2, 0, 2, 0, 0, 0, 1, 1), c(1, 0, 0, 1, 0, 0, 4, 1),
               c(0, 1, 1, 0, 1, 1, 4, 0), c(1, 0, 1, 1, 0, 1, 6, 1), c(0, 0, 1, 1, 1, 0, 5, 1),
               c(1, 1, 0, 0, 1, 1, 7, 0), c(0, 0, 0, 0, 0, 0, 1, 1))
write <- function(order, series, fit) {
  named <- coef(fit)
  constant <- named[names(named) %in% c("intercept", "mean")]
  parts <- named[grepl("^(ar|ma|sar|sma)[0-9]+$", names(named))]
  cat(order, sprintf("%.13g", fit$loglik), sprintf("%.13g", fit$aicc),
      if (length(constant)) sprintf("%.15g", constant) else 0,
      paste(sprintf("%.15g", parts), collapse = " "),
      paste(sprintf("%.6g", series), collapse = " "), sep = ",")
  cat("\n")
}
cat("p,d,q,P,D,Q,period,constant,loglik,aicc,beta,coefficients,series\n")
for (gaps in c(FALSE, TRUE)) {
  for (order in orders) {
    if (gaps && order[2] + order[5] > 0) next
    noise <- arima.sim(list(ar = c(0.5, 0.2), ma = 0.4), n = 84, sd = 3)
    series <- 50 + as.numeric(noise) + 4 * sin(2 * pi * seq_len(84) / order[7])
    if (order[2] > 0) series <- diffinv(series - 50, differences = order[2])
    if (order[5] > 0) series <- diffinv(series, lag = order[7])
    series <- signif(series, 6)
    if (gaps) series[c(1, 7, 30:33, 84)] <- NA
    differenced <- series
    if (order[5] > 0) differenced <- diff(differenced, lag = order[7])
    if (order[2] > 0) differenced <- diff(differenced, differences = order[2])
    fit <- Arima(ts(differenced, frequency = order[7]), order = c(order[1], 0, order[3]),
                 seasonal = c(order[4], 0, order[6]), include.mean = order[8] == 1, method = "ML",
                 optim.control = list(reltol = 1e-13, maxit = 1000))
    write(order, series, fit)
  }
}
