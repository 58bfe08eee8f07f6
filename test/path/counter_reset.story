# The network counter starts again from nothing in the middle of an epoch. What it lost between two
# readings nobody knows, and it is told; what it counts from there on is added, nothing is negative.
sheet 0 network_in=1 network_out=1
every 100   0  900 in_mb=+10
poll 1000 in_mb=4
every 100 1100 2000 in_mb=+10
mark    0 epoch_begin 0
mark 2000 epoch_end 0
----
