# Memory priced per epoch while the price changes: each price is weighted by its share of the
# epoch's time. 4 GB; a quarter of the epoch at 0.05, the rest at 0.09: 4 × (0.0125 + 0.0675) = 0.32.
sheet   0 basis=per_epoch memory=0.05
sheet 500 basis=per_epoch memory=0.09
every 100 0 2000 memory_mb=4000
mark    0 epoch_begin 0
mark 2000 epoch_end 0
----
memory      epoch 0         0 .. 500            0 .. 2000     v1            0 modelled
memory      epoch 0       500 .. 2000        2000 .. 8000     v2            0 modelled
memory      epoch 0         0 .. 2000           0 .. 8000     v2         0.32 measured close

epoch 0: memory 0.32 = 0.32
total: 0.32
