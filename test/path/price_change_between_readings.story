# The price changes between two readings, at an instant that is none of the meter's: the reading
# there is interpolated over the line, ⌊800 ms × 450 / 1000⌋ = 360 ms, and both parts say so.
sheet   0 cpu=0.36
sheet 450 cpu=3.6
poll 0 cpu_ms=0
every 100 100 1000 cpu_ms=+80
mark    0 epoch_begin 0
mark 1000 epoch_end 0
----
cpu         epoch 0         0 .. 450            0 .. 360      v1     0.000036 modelled
cpu         epoch 0       450 .. 1000         360 .. 800      v2      0.00044 modelled

epoch 0: cpu 0.000476 = 0.000476
total: 0.000476
