/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* What the programs in the kernel and the meter both know. */
#ifndef EPOCHCOST_PROBE_BPF_SHARED_H
#define EPOCHCOST_PROBE_BPF_SHARED_H

#include <linux/types.h>

enum {
  MOST_TREES = 64,
  NO_TREE = MOST_TREES, /* known, and not counted: the meter itself */
};

/* What a task carries. */
struct tree_node {
  __s64 counted_ns; /* its sum_exec_runtime as last booked */
  __u32 tree;
  __u32
      has_past; /* it ran before it was followed: its dead threads and children are to be booked */
};

/* What one CPU has booked to one tree. */
struct tree_use {
  __s64 cpu_ns;
  __u64 received_bytes;
  __u64 sent_bytes;
  __u64 loopback_bytes;
  __u64 lost_tasks; /* could not be followed: no memory */
};

/* What one CPU has seen at the run's control group. */
struct network_use {
  __u64 in_bytes;
  __u64 out_bytes;
  __u64 loopback_bytes;
};

#ifdef __cplusplus
static_assert(sizeof(tree_node) == 16 && sizeof(tree_use) == 40 && sizeof(network_use) == 24,
              "the kernel side must be rebuilt with this");
#endif

#endif
