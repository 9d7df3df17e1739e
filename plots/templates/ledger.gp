# The whole of p threads: what was achieved, and what was lost to what. Each bar is p divided by p.
load 'begin.gp'
load 'legend_parts.gp'
load 'layout.gp'

set xrange [-0.6:last_place + 0.6]
set yrange [lowest < 0 ? lowest * 1.1 : 0:highest * 1.1]
set ytics ('0 %%' 0, '20 %%' 0.2, '40 %%' 0.4, '60 %%' 0.6, '80 %%' 0.8, '100 %%' 1)
set grid noxtics
set xlabel axis offset 0, (slots && !plain ? -0.8 : 0)
set ylabel 'share of p threads'
load 'slots.gp'
part_format = '%.0f %%'
part_scale = 100.0
set arrow from graph 0, first 0 to graph 1, first 0 nohead lc rgb ink lw 1 front

do for [pass = 1:passes] {
    load 'pass.gp'
    load 'bars.gp'
}
