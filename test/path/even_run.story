# Three epochs of two seconds, one core busy, 2 GB held, 5 MB/s received. A second of a core costs
# 0.36 / 3600 = 0.0001, so an epoch's CPU is 0.0002; 2 GB for 2 s at 0.9 per GB and hour is 0.001;
# 10 MB at 1 per GB is 0.01. Before the first mark lies half a second of set-up.
sheet 0 cpu=0.36 memory=0.9 network_in=1 network_out=1
every 100 0 6500 cpu_ms=+100 memory_mb=2000 in_mb=+1
mark  500 epoch_begin 0
mark 2500 epoch_end 0
mark 2500 epoch_begin 1
mark 4500 epoch_end 1
mark 4500 epoch_begin 2
mark 6500 epoch_end 2
----
