# The network counter starts again from nothing in the middle of an epoch. What it lost between two
# readings nobody knows, and it is told; what it counts from there on is added, nothing is negative.
sheet 0 network_in=1 network_out=1
poll 0 in_mb=0
every 100 100 900 in_mb=+10
poll 1000 in_mb=4
every 100 1100 2000 in_mb=+10
mark    0 epoch_begin 0
mark 2000 epoch_end 0
----
network_in  epoch 0         0 .. 2000           0 .. 194      v1        0.194 measured

epoch 0: network_in 0.194 = 0.194
total: 0.194
told: counter_reset: the network_in counter of replica 0 from bpf-cgroup-skb went backwards and is counted from 0
