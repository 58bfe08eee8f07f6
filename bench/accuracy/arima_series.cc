// The project's ARIMA on the series of one M4 file, for bench/accuracy/arima.
//
//   arima_series forecasts TRAIN.csv.gz PERIOD HORIZON COUNT OUT.csv [full]
//   arima_series likelihoods WEEKLY-TRAIN.csv.gz HOURLY-TRAIN.csv.gz R.csv OUT.csv
//
// `forecasts` writes a row a series: its name, the processor seconds of fit and forecast, the point
// forecasts, the order. COUNT 0: all series; else so many, evenly spread over the file.
// `likelihoods` reads the rows of arima_peers/likelihoods.R and writes for each: name, order, R's
// log likelihood and AICc, ours at R's coefficients, ours at our own maximum.

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "forecast/arima/auto_arima.h"
#include "forecast/arima/difference.h"
#include "forecast/arima/estimate.h"
#include "forecast/arima/exact_filter.h"
#include "forecast/arima/fit.h"
#include "forecast/arima/search.h"

namespace {

using namespace epochcost::arima;  // NOLINT(google-build-using-namespace): the program's subject

struct Named {
  std::string name;
  std::vector<double> values;
};

[[noreturn]] void Stop(const std::string& why) {
  std::cerr << "arima_series: " << why << '\n';
  std::exit(2);
}

std::string ReadAll(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) Stop("cannot read " + path);
  std::string text;
  std::array<char, 1 << 16> buffer{};
  int got = 0;
  while ((got = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  return text;
}

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) {
    std::erase(cell, '"');
    cells.push_back(cell);
  }
  return cells;
}

std::vector<Named> ReadSeries(const std::string& path) {
  std::vector<Named> all;
  std::istringstream lines(ReadAll(path));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = Cells(line);
    Named named{.name = cells.at(0), .values = {}};
    for (std::size_t i = 1; i < cells.size() && !cells[i].empty() && cells[i] != "NA"; ++i) {
      named.values.push_back(std::strtod(cells[i].c_str(), nullptr));
    }
    all.push_back(std::move(named));
  }
  return all;
}

int Forecasts(const std::vector<std::string>& words) {
  const std::vector<Named> all = ReadSeries(words.at(0));
  Options options{.period = std::stoi(words.at(1))};
  const int horizon = std::stoi(words.at(2));
  const std::size_t count = std::stoul(words.at(3)) == 0 ? all.size() : std::stoul(words.at(3));
  std::ofstream out(words.at(4));
  if (words.size() > 5 && words[5] == "full") options.search = Search::kFull;
  for (std::size_t i = 0; i < std::min(count, all.size()); ++i) {
    const Named& series = all[count < all.size() ? i * all.size() / count : i];
    const std::clock_t begun = std::clock();
    const auto fitted = FitAuto(series.values, options);
    if (!fitted) Stop(series.name + ": " + fitted.error().what);
    const auto ahead = fitted->Ahead(horizon);
    if (!ahead) Stop(series.name + ": " + ahead.error().what);
    const double took = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
    out << fmt::format("{},{:.6f}", series.name, took);
    for (const double value : ahead->mean) out << fmt::format(",{:.10g}", value);
    out << ",\"" << Describe(fitted->order) << "\"\n";
  }
  return 0;
}

// The likelihood where R stands, which may be on the border of invertibility or beyond: exact, and
// as R counts it, which leaves out the values whose predicted variance is above 10^4 innovations
// (near a unit root the first ones; arima.c takes them for those of a diffuse start).
struct AtTheirs {
  double exact = std::nan("");
  double as_counted = std::nan("");
};

AtTheirs At(const Coefficients& coefficients, const Columns& columns, int period) {
  constexpr double kLeftOut = 1e4;
  ExactFilter filter;
  AtTheirs at;
  if (!filter.Run(Expand(coefficients, period), columns)) return at;
  const auto value = [&](double most) {
    std::vector<std::vector<double>> counted(columns.size());
    double sum_log = 0;
    for (std::size_t t = 0; t < columns.front().size(); ++t) {
      const double variance = t < filter.Variances().size() ? filter.Variances()[t] : 1;
      if (variance >= most) continue;
      sum_log += std::log(variance);
      for (std::size_t i = 0; i < columns.size(); ++i)
        counted[i].push_back(filter.Innovations(i)[t]);
    }
    std::vector<const std::vector<double>*> innovations;
    for (const std::vector<double>& each : counted) innovations.push_back(&each);
    const auto estimate = Profile(coefficients, innovations, sum_log);
    const double share =
        static_cast<double>(columns.front().size()) / static_cast<double>(counted.front().size());
    return estimate ? estimate->log_likelihood * share : std::nan("");
  };
  at.exact = value(std::numeric_limits<double>::infinity());
  at.as_counted = value(kLeftOut);
  return at;
}

int Likelihoods(const std::vector<std::string>& words) {
  std::map<std::string, std::vector<double>> series;
  for (int file = 0; file < 2; ++file) {
    for (Named& named : ReadSeries(words.at(static_cast<std::size_t>(file)))) {
      series[named.name] = std::move(named.values);
    }
  }
  std::istringstream lines(ReadAll(words.at(2)));
  std::ofstream out(words.at(3));
  out << "name,order,r_loglik,r_aicc,r_loglik_differenced,loglik_at_r,as_counted_at_r,loglik,"
         "aicc\n";
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = Cells(line);
    const auto number = [&cells](std::size_t i) { return std::stoi(cells.at(i)); };
    const Order order{.p = number(2),
                      .d = number(3),
                      .q = number(4),
                      .seasonal_p = number(5),
                      .seasonal_d = number(6),
                      .seasonal_q = number(7),
                      .period = number(8),
                      .constant = number(9) == 1};
    std::vector<double> values = series.at(cells[0]);
    values.erase(values.begin(), values.end() - number(1));

    std::istringstream numbers(cells.size() > 13 ? cells[13] : "");
    const auto take = [&numbers](int count) {
      std::vector<double> group(static_cast<std::size_t>(count));
      for (double& value : group) numbers >> value;
      return group;
    };
    Coefficients theirs;
    theirs.ar = take(order.p);
    theirs.ma = take(order.q);
    theirs.seasonal_ar = take(order.seasonal_p);
    theirs.seasonal_ma = take(order.seasonal_q);
    Columns columns{Differenced(values, order)};
    if (order.constant) columns = WithConstant(columns);
    const auto at_theirs = At(theirs, columns, order.period);
    const auto fitted = FitAuto(values, Options{.period = order.period, .order = order});
    if (!fitted) Stop(cells[0] + ": " + fitted.error().what);
    out << fmt::format("{},\"{}\",{},{},{},{:.12g},{:.12g},{:.12g},{:.12g}\n", cells[0],
                       Describe(fitted->order), cells[10], cells[11], cells[12], at_theirs.exact,
                       at_theirs.as_counted, fitted->log_likelihood, fitted->aicc);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + std::min(argc, 2), argv + argc);
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "forecasts" && words.size() >= 5) return Forecasts(words);
  if (what == "likelihoods" && words.size() == 4) return Likelihoods(words);
  Stop("what to do? forecasts or likelihoods; the head of this file's source says how");
}
