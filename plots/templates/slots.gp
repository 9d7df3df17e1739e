# With several groups the bars are lettered, and the numbers of threads stand below.
do for [i = 1:(plain ? 0 : slots)] {
    set label value(sprintf('slot_text%d', i)) at first value(sprintf('slot_at%d', i)), \
        screen (below - 38) * 1.0 / height center textcolor rgb ink
}
