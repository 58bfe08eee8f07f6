/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* IP bytes at a control group. Loopback is counted where it is sent. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "probe/bpf/shared.h"

#define LOOPBACK_INDEX 1 /* of every network namespace */
#define LET_PASS 1

char LICENSE[] SEC("license") = "GPL";

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct network_use);
} network SEC(".maps");

/* Atomic, because a packet that arrives may interrupt one that leaves on the same CPU. */
static __always_inline struct network_use* use(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&network, &zero);
}

SEC("cgroup_skb/egress")
int ec_egress(struct __sk_buff* packet) {
  struct network_use* seen = use();
  if (!seen) return LET_PASS;
  if (packet->ifindex == LOOPBACK_INDEX) {
    __sync_fetch_and_add(&seen->loopback_bytes, packet->len);
  } else {
    __sync_fetch_and_add(&seen->out_bytes, packet->len);
  }
  return LET_PASS;
}

SEC("cgroup_skb/ingress")
int ec_ingress(struct __sk_buff* packet) {
  struct network_use* seen = use();
  if (seen && packet->ifindex != LOOPBACK_INDEX) {
    __sync_fetch_and_add(&seen->in_bytes, packet->len);
  }
  return LET_PASS;
}
