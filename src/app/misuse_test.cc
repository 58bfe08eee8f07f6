#include "app/misuse.h"

#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace epochcost::app {
namespace {

// A program of the shape of ours: commands within commands, what holds for all.
class Misused : public ::testing::Test {
 protected:
  Misused() {
    app_.name("epochcost");
    app_.require_subcommand(1);
    app_.add_option("--db", text_);
    CLI::App* run = app_.add_subcommand("run");
    run->add_option("--hz", number_)->check(CLI::Range(1.0, 100.0));
    run->add_option("--epochs", number_)->check(CLI::NonNegativeNumber);
    run->add_option("--count", count_);
    run->add_option("--format", text_)
        ->check(CLI::IsMember(std::vector<std::string>{"csv", "json"}));
    run->add_option("command", words_)->required();
    CLI::App* price = app_.add_subcommand("price");
    price->require_subcommand(1);
    price->add_subcommand("list");
    for (CLI::App* command : {run, price}) command->fallthrough();
    SpeakHelp(app_);
  }

  ~Misused() override { SetLanguage(Language::kEnglish); }

  // What is said of these words, which are in the order in which they are typed.
  Error Of(std::vector<std::string> words) {
    std::ranges::reverse(words);
    try {
      app_.parse(words);
    } catch (const CLI::ParseError& error) {
      return Misuse(app_, error);
    }
    return {};
  }

  CLI::App app_;

 private:
  double number_ = 0;
  int count_ = 0;
  std::string text_;
  std::vector<std::string> words_;
};

TEST_F(Misused, NoCommandListsThem) {
  const Error error = Of({});
  EXPECT_EQ(error.what, "no command was given");
  EXPECT_EQ(error.why, "there are: run, price");
}

TEST_F(Misused, UnknownCommandIsToldWithTheNearest) {
  EXPECT_EQ(Of({"rnu"}).what, "no such command: rnu");
  EXPECT_EQ(Of({"rnu"}).hint, "did you mean: epochcost run");
  EXPECT_EQ(Of({"price", "lst"}).hint, "did you mean: epochcost price list");
}

TEST_F(Misused, UnknownOptionIsToldWithTheNearestOfItsCommandOrOfAll) {
  EXPECT_EQ(Of({"--bogus"}).what, "no such option: --bogus");
  EXPECT_EQ(Of({"run", "--formt=csv", "x"}).hint, "did you mean: --format");
  EXPECT_EQ(Of({"run", "--dbb", "x"}).hint, "did you mean: --db");
}

TEST_F(Misused, WordTooManyIsNamed) {
  EXPECT_EQ(Of({"price", "list", "all"}).what, "one word too many: all");
  EXPECT_EQ(Of({"price", "list", "all"}).hint, "epochcost price list --help shows its options");
}

TEST_F(Misused, WhatIsMissingIsNamed) {
  EXPECT_EQ(Of({"run"}).what, "command is missing");
  EXPECT_EQ(Of({"run", "--hz"}).what, "--hz needs a value");
}

TEST_F(Misused, RefusedValueIsToldWithWhatIsAllowed) {
  EXPECT_EQ(Of({"run", "--hz", "0", "--", "x"}).what, "--hz cannot be '0'");
  EXPECT_EQ(Of({"run", "--hz", "0", "x"}).why, "it is no number from 1 to 100");
  EXPECT_EQ(Of({"run", "--epochs", "-1", "x"}).why, "it is no number from 0 on");
  EXPECT_EQ(Of({"run", "--format", "pdf", "x"}).why, "one of: csv,json");
  EXPECT_EQ(Of({"run", "--count", "few", "x"}).what, "--count cannot be 'few'");
}

TEST_F(Misused, HelpAndErrorsSpeakTheLanguageOfTheReader) {
  SetLanguage(Language::kChinese);
  SpeakHelp(app_);
  const std::string help = app_.help();
  EXPECT_EQ(help.find("Usage"), std::string::npos) << help;
  EXPECT_EQ(help.find("Print"), std::string::npos) << help;
  EXPECT_EQ(Of({"rnu"}).what, "没有这个命令：rnu");
}

}  // namespace
}  // namespace epochcost::app
