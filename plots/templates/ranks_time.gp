# The time of each number of ranks, by what it went to: shares, and the seconds on top.
load 'begin.gp'
load 'legend_parts.gp'
load 'layout.gp'

set xrange [-0.6:last_place + 0.6]
set yrange [0:1.1]
set ytics ('0 %%' 0, '20 %%' 0.2, '40 %%' 0.4, '60 %%' 0.6, '80 %%' 0.8, '100 %%' 1)
set grid noxtics
set xlabel axis offset 0, (slots && !plain ? -0.8 : 0)
set ylabel 'share of the time'
load 'slots.gp'
part_format = '%.0f %%'
part_scale = 100.0

do for [pass = 1:passes] {
    load 'pass.gp'
    load 'bars.gp'
}
