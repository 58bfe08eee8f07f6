# The price of a core doubles after one second of a two-second epoch, at that instant: the first
# half costs 0.0001, the second 0.0002. The reading at the change is one that was taken.
sheet    0 cpu=0.36
sheet 1000 cpu=0.72
every 100 0 2000 cpu_ms=+100
mark     0 epoch_begin 0
mark  2000 epoch_end 0
----
