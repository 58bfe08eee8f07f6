# Two replicas, the second slower: each cuts at its own marks; the epoch is their sum.
sheet 0 cpu=3.6
poll 0 cpu_ms=0
every 100 100 2000 cpu_ms=+100
poll 0 replica=1 cpu_ms=0
every 100 100 2000 replica=1 cpu_ms=+50
mark    0 epoch_begin 0
mark    0 epoch_begin 0 replica=1
mark 1000 epoch_end 0
mark 1000 epoch_begin 1
mark 1200 epoch_end 0 replica=1
mark 1200 epoch_begin 1 replica=1
mark 2000 epoch_end 1
mark 2000 epoch_end 1 replica=1
----
cpu         epoch 0         0 .. 1000           0 .. 1000     v1        0.001 measured
cpu         epoch 0 of 1       0 .. 1200           0 .. 600      v1       0.0006 measured
cpu         epoch 1      1000 .. 2000        1000 .. 2000     v1        0.001 measured
cpu         epoch 1 of 1    1200 .. 2000         600 .. 1000     v1       0.0004 measured

epoch 0: cpu 0.0016 = 0.0016 over 2 replicas
epoch 1: cpu 0.0014 = 0.0014 over 2 replicas
total: 0.003
