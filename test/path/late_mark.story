# A mark that is read 800 ms after it was made still cuts where it was made.
sheet 0 cpu=0.36
poll 0 cpu_ms=0
every 100 100 3000 cpu_ms=+100
mark    0 epoch_begin 0
mark 1000 epoch_end 0   seen=1800
mark 1000 epoch_begin 1 seen=1800
mark 3000 epoch_end 1
----
cpu         epoch 0         0 .. 1000           0 .. 1000     v1       0.0001 measured
cpu         epoch 1      1000 .. 3000        1000 .. 3000     v1       0.0002 measured

epoch 0: cpu 0.0001 = 0.0001
epoch 1: cpu 0.0002 = 0.0002
total: 0.0003
