# How long each shard took, a bar for each; of many, sorted, a curve. All wait for the slowest.
load 'begin.gp'
text = 'busy: the slowest thread'
kind = 'box'
colour = blue
style = 0
load 'legend_add.gp'
text = 'start-up, waiting within the shard'
colour = sky
load 'legend_add.gp'
text = 'the slowest: '.text_slowest.', '.text_more
kind = 'point'
colour = vermillion
style = 7
load 'legend_add.gp'
text = text_mean
kind = 'line'
colour = ink
style = 2
load 'legend_add.gp'
if (!sorted) {
    body = 34 + shards * (shards <= 16 ? 22 : shards <= 32 ? 16 : 12)
    margin = 34 + longest_name * 7.2
}
load 'layout.gp'

if (!plain && !sorted) {
    set label text_more at first longest, first slowest_place left offset 0.9, 0 \
        textcolor rgb vermillion font small
}
if (!plain && sorted) {
    set label text_more at first shards, first longest right offset -0.9, 0 \
        textcolor rgb vermillion font small
}
array ends[2]
ends[1] = sorted ? 1 : 0.4
ends[2] = sorted ? shards : shards + 0.6
array peak[1]
peak[1] = longest
if (sorted) {
    set xrange [1:shards * 1.02]
    set yrange [0:longest * 1.1]
    set xlabel 'shards, the fastest first'
    set ylabel 'seconds'
} else {
    set xrange [0:longest * (phone ? 1.22 : 1.1)]
    set yrange [shards + 0.6:0.4]
    set grid noytics
    set xlabel 'seconds'
    unset ytics
    do for [i = 1:shards] {
        set label value(sprintf('text_shard%d', i)) at graph 0, first i right offset -0.8, 0 \
            textcolor rgb ink font sprintf('sans-serif,%d', shards > 32 ? size - 4 : size - 1)
    }
    if (plain) { set lmargin longest_name + 4 }
}

do for [pass = 1:passes] {
    load 'pass.gp'
    if (sorted && plain) {
        plot $SHARDS using 1:2 with points pt '.' title 'a shard', \
             ends using 2:(mean) with points pt '-' title text_mean
    }
    if (sorted && !plain) {
        plot $SHARDS using 1:2 with filledcurves y1=0 lc rgb sky fs solid 1, \
             $SHARDS using 1:3 with filledcurves y1=0 lc rgb blue fs solid 1, \
             ends using 2:(mean) with lines lc rgb ink dt 2 lw 1.2, \
             peak using (shards):2 with points pt 7 ps 0.8 lc rgb vermillion
    }
    if (!sorted && plain) {
        plot $SHARDS using (0):1:2:(0) with vectors nohead title 'a shard', \
             ends using (mean):2 with points pt '|' title text_mean
    }
    if (!sorted && !plain) {
        plot $SHARDS using ($2 / 2):1:($2 / 2):(0.38) \
                 with boxxyerror lc rgb sky fs solid 1 noborder, \
             $SHARDS using ($3 / 2):1:($3 / 2):(0.38) \
                 with boxxyerror lc rgb blue fs solid 1 noborder, \
             ends using (mean):2 with lines lc rgb ink dt 2 lw 1.2, \
             peak using 2:(slowest_place) with points pt 7 ps 0.8 lc rgb vermillion
    }
}
