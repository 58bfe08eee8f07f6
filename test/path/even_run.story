# Three epochs of two seconds, one core busy, 2 GB held, 10 MB/s received. A second of a core costs
# 0.36 / 3600 = 0.0001, so an epoch's CPU is 0.0002; 2 GB for 2 s at 0.9 per GB and hour is 0.001;
# 20 MB at 1 per GB is 0.02. Before the first mark lies half a second of set-up.
sheet 0 cpu=0.36 memory=0.9 network_in=1 network_out=1
poll 0 cpu_ms=0 memory_mb=2000 in_mb=0
every 100 100 6500 cpu_ms=+100 memory_mb=2000 in_mb=+1
mark  500 epoch_begin 0
mark 2500 epoch_end 0
mark 2500 epoch_begin 1
mark 4500 epoch_end 1
mark 4500 epoch_begin 2
mark 6500 epoch_end 2
----
cpu         setup 0         0 .. 500            0 .. 500      v1      0.00005 measured
memory      setup 0         0 .. 500            0 .. 1000     v1      0.00025 measured
network_in  setup 0         0 .. 500            0 .. 5        v1        0.005 measured
cpu         epoch 0       500 .. 2500         500 .. 2500     v1       0.0002 measured
memory      epoch 0       500 .. 2500        1000 .. 5000     v1        0.001 measured
network_in  epoch 0       500 .. 2500           5 .. 25       v1         0.02 measured
cpu         epoch 1      2500 .. 4500        2500 .. 4500     v1       0.0002 measured
memory      epoch 1      2500 .. 4500        5000 .. 9000     v1        0.001 measured
network_in  epoch 1      2500 .. 4500          25 .. 45       v1         0.02 measured
cpu         epoch 2      4500 .. 6500        4500 .. 6500     v1       0.0002 measured
memory      epoch 2      4500 .. 6500        9000 .. 13000    v1        0.001 measured
network_in  epoch 2      4500 .. 6500          45 .. 65       v1         0.02 measured

setup 0: cpu 0.00005 memory 0.00025 network_in 0.005 = 0.0053
epoch 0: cpu 0.0002 memory 0.001 network_in 0.02 = 0.0212
epoch 1: cpu 0.0002 memory 0.001 network_in 0.02 = 0.0212
epoch 2: cpu 0.0002 memory 0.001 network_in 0.02 = 0.0212
total: 0.0689
