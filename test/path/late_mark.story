# A mark that is read 800 ms after it was made still cuts where it was made.
sheet 0 cpu=0.36
every 100 0 3000 cpu_ms=+100
mark    0 epoch_begin 0
mark 1000 epoch_end 0   seen=1800
mark 1000 epoch_begin 1 seen=1800
mark 3000 epoch_end 1
----
