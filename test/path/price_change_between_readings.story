# The price changes between two readings, at an instant that is none of the meter's: the reading
# there is interpolated, ⌊800 × 50 / 100⌋ ms of the second between 400 and 500, and says so.
sheet   0 cpu=0.36
sheet 450 cpu=3.6
every 100 0 1000 cpu_ms=+80
mark    0 epoch_begin 0
mark 1000 epoch_end 0
----
