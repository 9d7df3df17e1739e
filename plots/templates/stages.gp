# Seconds of all threads together, by stage. Bars that grow: the same work takes longer.
load 'begin.gp'
load 'legend_parts.gp'
do for [i = 1:marked] {
    text = 'CPU time by the system''s clock'
    kind = 'point'
    colour = ink
    style = 12
    load 'legend_add.gp'
}
load 'layout.gp'

set xrange [-0.6:last_place + 0.6]
set yrange [0:highest * 1.12]
set grid noxtics
set xlabel axis offset 0, (slots && !plain ? -0.8 : 0)
set ylabel 'seconds of all threads'
load 'slots.gp'
set arrow from graph 0, first base_whole to graph 1, first base_whole nohead \
    lc rgb ink dt 2 lw 1 front
part_format = '%.3g'
part_scale = 1.0

do for [pass = 1:passes] {
    load 'pass.gp'
    load 'bars.gp'
}
