/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* CPU time and socket payload of process trees.
 *
 * A task that is followed carries a node. It is given to each task that a followed one makes,
 * before the new one runs, so a tree cannot be left by forking twice or by losing a parent. At each
 * switch the growth of the scheduler's own sum is booked; a task's last switch is where it dies, so
 * nothing of it is missing.
 *
 * Whoever books exchanges the sum in the node for the newer one and books the difference, which may
 * be negative. Bookings of one task therefore add up to the last sum exchanged, in whatever order
 * two of them meet. */
#include "probe/bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "probe/bpf/shared.h"

#define AF_INET 2
#define AF_INET6 10
#define MSG_PEEK 2
#define MOST_ANCESTORS 32

char LICENSE[] SEC("license") = "GPL";

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct tree_node);
} nodes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, MOST_TREES);
  __type(key, __u32);
  __type(value, struct tree_use);
} uses SEC(".maps");

/* Since when a followed task is on this CPU, in ns of CLOCK_MONOTONIC; 0 where none is. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} running SEC(".maps");

/* How many tasks the iterator has newly found, all passes together. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} found SEC(".maps");

static __always_inline struct tree_use* use_of(__u32 tree) {
  return bpf_map_lookup_elem(&uses, &tree);
}

static __always_inline void book(struct task_struct* task, struct tree_node* node) {
  struct tree_use* use = use_of(node->tree);
  if (!use) return;
  __s64 sum = (__s64)task->se.sum_exec_runtime;
  __s64 counted = __sync_lock_test_and_set(&node->counted_ns, sum);
  __sync_fetch_and_add(&use->cpu_ns, sum - counted);
}

static __always_inline struct tree_node* give(struct task_struct* task, __u32 tree) {
  struct tree_node fresh = {.tree = tree};
  struct tree_node* node =
      bpf_task_storage_get(&nodes, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
  struct tree_use* use = node ? 0 : use_of(tree);
  if (use) __sync_fetch_and_add(&use->lost_tasks, 1);
  return node;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(ec_new_task, struct task_struct* task, __u64 clone_flags) {
  struct task_struct* maker = bpf_get_current_task_btf();
  struct tree_node* node = bpf_task_storage_get(&nodes, maker, 0, 0);
  if (node) give(task, node->tree);
  return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(ec_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
  struct tree_node* node = bpf_task_storage_get(&nodes, prev, 0, 0);
  if (node) book(prev, node);
  __u32 zero = 0;
  __u64* is_running = bpf_map_lookup_elem(&running, &zero);
  if (is_running) *is_running = bpf_task_storage_get(&nodes, next, 0, 0) != 0;
  return 0;
}

/* Run by the meter on a CPU whose task has not been switched for a while. */
SEC("raw_tp/epochcost_book")
int ec_book(void* context) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct tree_node* node = bpf_task_storage_get(&nodes, task, 0, 0);
  if (node) book(task, node);
  return 0;
}

/* The node of the nearest ancestor that has one. */
static __always_inline struct tree_node* inherited(struct task_struct* task) {
  struct task_struct* process = task->group_leader;
  for (int i = 0; i < MOST_ANCESTORS && process; ++i) {
    struct tree_node* node = bpf_task_storage_get(&nodes, process, 0, 0);
    if (node) return node;
    struct task_struct* parent = process->real_parent;
    if (!parent) return 0;
    process = parent->group_leader;
  }
  return 0;
}

/* Visits every task once new ones are followed, to find those that were there before. */
SEC("iter/task")
int ec_find(struct bpf_iter__task* context) {
  struct task_struct* task = context->task;
  if (!task) return 0;
  struct tree_node* node = bpf_task_storage_get(&nodes, task, 0, 0);
  if (!node) {
    struct tree_node* ancestor = inherited(task);
    if (!ancestor) return 0;
    node = give(task, ancestor->tree);
    if (!node) return 0;
    node->has_past = task->pid == task->tgid;
    __u32 zero = 0;
    __u64* count = bpf_map_lookup_elem(&found, &zero);
    if (count) *count += 1;
  }
  struct tree_use* use = use_of(node->tree);
  if (node->has_past && use) {
    struct signal_struct* signal = task->signal;
    node->has_past = 0;
    if (signal) {
      __s64 past = (__s64)(signal->sum_sched_runtime + signal->cutime + signal->cstime);
      __sync_fetch_and_add(&use->cpu_ns, past);
    }
  }
  book(task, node);
  return 0;
}

static __always_inline bool is_loopback(struct sock* sk) {
  if (sk->__sk_common.skc_family == AF_INET) {
    __u32 peer = sk->__sk_common.skc_daddr;
    /* Network order: the first byte of 127.0.0.0/8 is the first in memory. */
    return peer && (*(unsigned char*)&peer == 127 || peer == sk->__sk_common.skc_rcv_saddr);
  }
  __u32 peer[4], own[4];
  for (int i = 0; i < 4; ++i) {
    peer[i] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[i];
    own[i] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[i];
  }
  if (!peer[0] && !peer[1] && !peer[2] && !peer[3]) return false; /* no peer */
  return peer[0] == own[0] && peer[1] == own[1] && peer[2] == own[2] && peer[3] == own[3];
}

static __always_inline struct tree_use* use_of_socket(struct sock* sk, int length) {
  if (length <= 0) return 0;
  if (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6) return 0;
  struct task_struct* task = bpf_get_current_task_btf();
  struct tree_node* node = bpf_task_storage_get(&nodes, task, 0, 0);
  return node ? use_of(node->tree) : 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(ec_send, struct sock* sk, int length, int flags) {
  struct tree_use* use = use_of_socket(sk, length);
  if (!use) return 0;
  if (is_loopback(sk)) {
    __sync_fetch_and_add(&use->loopback_bytes, length);
  } else {
    __sync_fetch_and_add(&use->sent_bytes, length);
  }
  return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(ec_receive, struct sock* sk, int length, int flags) {
  if (flags & MSG_PEEK) return 0;
  struct tree_use* use = use_of_socket(sk, length);
  if (use && !is_loopback(sk)) __sync_fetch_and_add(&use->received_bytes, length);
  return 0;
}
