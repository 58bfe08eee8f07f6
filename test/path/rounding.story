# A core-second at 1 an hour is 277,777.7… nano-units. Each epoch's line is rounded so that the sum of
# all is the floor of the whole: ⌊1e9 × 3 / 3600⌋ = 833,333, not three times 277,777.
sheet 0 cpu=1
poll 0 cpu_ms=0
every 100 100 3000 cpu_ms=+100
mark    0 epoch_begin 0
mark 1000 epoch_end 0
mark 1000 epoch_begin 1
mark 2000 epoch_end 1
mark 2000 epoch_begin 2
mark 3000 epoch_end 2
----
cpu         epoch 0         0 .. 1000           0 .. 1000     v1  0.000277777 measured
cpu         epoch 1      1000 .. 2000        1000 .. 2000     v1  0.000277778 measured
cpu         epoch 2      2000 .. 3000        2000 .. 3000     v1  0.000277778 measured

epoch 0: cpu 0.000277777 = 0.000277777
epoch 1: cpu 0.000277778 = 0.000277778
epoch 2: cpu 0.000277778 = 0.000277778
total: 0.000833333
