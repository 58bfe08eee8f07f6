/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* The few kernel structures that the programs here read, with the few members that they read. The
 * loader moves each access to where the running kernel has the member (CO-RE), so neither order nor
 * size matters here. */
#ifndef EPOCHCOST_PROBE_BPF_KERNEL_H
#define EPOCHCOST_PROBE_BPF_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>

#define MOVED __attribute__((preserve_access_index))

struct sched_entity {
  __u64 sum_exec_runtime; /* ns on a CPU, up to the last tick or switch */
} MOVED;

struct signal_struct {
  __u64 cutime; /* ns, of the children that were waited for, and theirs */
  __u64 cstime;
  unsigned long long sum_sched_runtime; /* ns, of the threads that ended */
} MOVED;

struct task_struct {
  int pid;
  int tgid;
  struct sched_entity se;
  struct task_struct* real_parent;
  struct task_struct* group_leader;
  struct signal_struct* signal;
} MOVED;

struct in6_addr {
  union {
    __u32 u6_addr32[4];
  } in6_u;
} MOVED;

struct sock_common {
  union {
    struct {
      __u32 skc_daddr;
      __u32 skc_rcv_saddr;
    };
  };
  unsigned short skc_family;
  struct in6_addr skc_v6_daddr;
  struct in6_addr skc_v6_rcv_saddr;
} MOVED;

struct sock {
  struct sock_common __sk_common;
} MOVED;

struct bpf_iter_meta {
  void* seq;
} MOVED;

struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
} MOVED;

#endif
