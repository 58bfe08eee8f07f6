# The price of a core doubles after one second of a two-second epoch, at that instant: the first
# half costs 0.0001, the second 0.0002. Only the pricer splits here, so the parts are modelled.
sheet    0 cpu=0.36
sheet 1000 cpu=0.72
poll 0 cpu_ms=0
every 100 100 2000 cpu_ms=+100
mark     0 epoch_begin 0
mark  2000 epoch_end 0
----
cpu         epoch 0         0 .. 1000           0 .. 1000     v1       0.0001 modelled
cpu         epoch 0      1000 .. 2000        1000 .. 2000     v2       0.0002 modelled

epoch 0: cpu 0.0003 = 0.0003
total: 0.0003
