# Two replicas, the second slower: each cuts at its own marks; the epoch is their sum.
sheet 0 cpu=3.6
every 100 0 2000 cpu_ms=+100
every 100 0 2000 replica=1 cpu_ms=+50
mark    0 epoch_begin 0
mark    0 epoch_begin 0 replica=1
mark 1000 epoch_end 0
mark 1000 epoch_begin 1
mark 1200 epoch_end 0 replica=1
mark 1200 epoch_begin 1 replica=1
mark 2000 epoch_end 1
mark 2000 epoch_end 1 replica=1
----
