# `epochcost price set` in the middle of an epoch: it holds from the meter's next reading on, where
# the line is cut, and nothing is interpolated.
sheet   0 cpu=0.36
sheet 450 cpu=3.6 effect=next_reading
every 100 0 1000 cpu_ms=+80
mark    0 epoch_begin 0
mark 1000 epoch_end 0
----
