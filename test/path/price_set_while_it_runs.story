# `epochcost price set` in the middle of an epoch: it holds from the meter's next reading on, where
# the line is cut, and nothing is interpolated.
sheet   0 cpu=0.36
sheet 450 cpu=3.6 effect=next_reading
poll 0 cpu_ms=0
every 100 100 1000 cpu_ms=+80
mark    0 epoch_begin 0
mark 1000 epoch_end 0
----
cpu         epoch 0         0 .. 500            0 .. 400      v1      0.00004 measured
cpu         epoch 0       500 .. 1000         400 .. 800      v2       0.0004 measured

epoch 0: cpu 0.00044 = 0.00044
total: 0.00044
