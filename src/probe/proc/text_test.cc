#include "probe/proc/text.h"

#include <gtest/gtest.h>

namespace epochcost::probe {
namespace {

TEST(ProcText, StatOfAProgramNamedToMislead) {
  const auto stat = ParseStat(
      "4711 (a) R 1 (b\n) S) S 4700 4711 4711 34816 4711 4194304 1026 5 0 0 12 3 7 2 20 0 4 0 "
      "8815 5984256 914 18446744073709551615 1 1 0 0 0 0 0 3670020 1266777851\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 4711);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 4700);
  EXPECT_EQ(stat->children_ticks, 9);
  EXPECT_EQ(stat->threads, 4);
  EXPECT_EQ(stat->start_ticks, 8815);
}

TEST(ProcText, StatCutShortIsNoStat) {
  EXPECT_FALSE(ParseStat("4711 (python3) S 4700 4711"));
  EXPECT_FALSE(ParseStat("4711 python3"));
  EXPECT_FALSE(ParseStat(""));
}

TEST(ProcText, Statm) {
  const auto pages = ParseStatm("761413 24113 9921 1 0 700011 0\n");
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->resident, 24113);
  EXPECT_EQ(pages->shared, 9921);
  EXPECT_FALSE(ParseStatm("761413 24113"));
}

TEST(ProcText, ShareOfAProcess) {
  const auto share = ParseSmapsRollup(
      "55d0c2a3b000-7ffc0a7e2000 ---p 00000000 00:00 0                          [rollup]\n"
      "Rss:               96452 kB\nPss:               80421 kB\nPss_Dirty:         70012 kB\n"
      "Pss_Anon:          70000 kB\nPss_File:          10409 kB\nPss_Shmem:            12 kB\n");
  ASSERT_TRUE(share);
  EXPECT_EQ(share->anonymous, 70000 * 1024);
  EXPECT_EQ(share->shared_memory, 12 * 1024);
  EXPECT_FALSE(ParseSmapsRollup("Rss: 5 kB\n"));
}

TEST(ProcText, InterfacesWithLoopbackApart) {
  const auto bytes = ParseNetDev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
      "    lo:    1000      10    0    0    0     0          0         0     1000      10    0    "
      "0\n"
      "  eth0: 5000000    4000    0    2    0     0          0         0    70000     900    0    "
      "0\n"
      "eth1.5:17 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0\n");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->in, 5000017);
  EXPECT_EQ(bytes->out, 70003);
  EXPECT_EQ(bytes->loopback, 1000);
  EXPECT_FALSE(ParseNetDev("Inter-|   Receive\n"));
}

TEST(ProcText, KeyMustBeTheWholeWord) {
  constexpr std::string_view kMemory = "anon_thp 4096\nanon 8192\nfile 1\nshmem 3\n";
  EXPECT_EQ(NumberOf(kMemory, "anon"), 8192);
  EXPECT_EQ(NumberOf(kMemory, "shmem"), 3);
  EXPECT_FALSE(NumberOf(kMemory, "sock"));
  EXPECT_FALSE(NumberOf("anon x\n", "anon"));
}

TEST(ProcText, ANumberThatDoesNotFitIsNone) {
  EXPECT_FALSE(NumberOf("usage_usec 99999999999999999999\n", "usage_usec"));
}

TEST(ProcText, ListOfProcesses) {
  std::vector<pid_t> pids;
  AppendNumbers("12\n345\n", pids);
  AppendNumbers("6 7 ", pids);
  EXPECT_EQ(pids, (std::vector<pid_t>{12, 345, 6, 7}));
}

}  // namespace
}  // namespace epochcost::probe
