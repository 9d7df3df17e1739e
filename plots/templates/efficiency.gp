# Efficiency, the speed-up divided by the threads; on the right the seconds that it takes.
load 'begin.gp'
bent = 0
do for [i = 1:(words(attainables) > 0)] {
    text = 'attainable: this machine''s ceiling'
    kind = 'line'
    colour = muted
    style = 1
    load 'legend_add.gp'
}
load 'legend_group.gp'
text = 'mean seconds, right axis'
kind = 'point'
colour = single ? orange : muted
style = 5
load 'legend_add.gp'
text = 'guide: 0.8'
kind = 'line'
colour = green
style = 2
load 'legend_add.gp'
load 'layout.gp'
load 'threads.gp'
set yrange [0:most_efficient * 1.1]
set ytics 0.2
set ylabel 'efficiency'
if (!plain) {
    right = phone ? 62 : 72
    set rmargin at screen x_of(width - right)
}
set border 11
set y2tics nomirror scale 0.6 textcolor rgb ink
set y2label 'seconds' offset (plain ? 0 : -1), 0 textcolor rgb ink
set logscale y2 10
set y2range [fastest / 3:slowest * 3]
set y2tics (slowest)
set y2tics ()
do for [decade = -9:9] {
    do for [i = 1:3] {
        at = word('1 2 5', i) * 10.0 ** decade
        if (at > fastest / 3 && at < slowest * 3) { set y2tics add (sprintf('%g', at) at) }
    }
}
set arrow from graph 0, first 0.8 to graph 1, first 0.8 nohead lc rgb green dt 2 lw 1.2 back

# A base of several threads is taken to be fully efficient.
share(g, s, p) = s * base_threads[g < 1 ? 1 : int(g)] / p
do for [pass = 1:passes] {
    load 'pass.gp'
    if (plain) {
        plot for [i = 1:words(curves)] $CURVE \
                 using ($1 == pick(curves, i) ? $2 : NaN):(share($1, $3, $2)) with points pt '.' notitle, \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? $2 : NaN):(share($1, $8, $2)) \
                 with points pt (single ? 'o' : word('A B C D E F', pick(kept, i))) \
                 title text_points[pick(kept, i)], \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? $2 : NaN):(share($1, $8, $2)) \
                 with points pt (single ? 'x' : word('a b c d e f', pick(hollow, i))) \
                 title (i == 1 ? 'left out of the fit' : ''), \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? $2 : NaN):5 axes x1y2 \
                 with points pt '#' title (i == 1 ? 'seconds, right axis' : '')
    } else {
        plot for [i = 1:words(bands)] $CURVE \
                 using ($1 == pick(bands, i) && $6 == 0 ? $2 : NaN):(share($1, $4, $2)):(share($1, $5, $2)) \
                 with filledcurves fc rgb hue(pick(bands, i)) fs transparent solid 0.22, \
             for [i = 1:words(reach_bands)] $CURVE \
                 using ($1 == pick(reach_bands, i) && $6 == 1 ? $2 : NaN):(share($1, $4, $2)):(share($1, $5, $2)) \
                 with filledcurves fc rgb hue(pick(reach_bands, i)) fs transparent solid 0.10, \
             for [i = 1:words(attainables)] $POINTS \
                 using ($1 == pick(attainables, i) && $14 > 0 ? $2 : NaN):($14 / $2) \
                 with linespoints lc rgb muted lw 1.2 pt 2 ps 0.6, \
             for [i = 1:words(curves)] $CURVE \
                 using ($1 == pick(curves, i) && $6 == 0 ? $2 : NaN):(share($1, $3, $2)) \
                 with lines lc rgb hue(pick(curves, i)) lw 1.8, \
             for [i = 1:words(reaches)] $CURVE \
                 using ($1 == pick(reaches, i) && $6 == 1 ? $2 : NaN):(share($1, $3, $2)) \
                 with lines lc rgb hue(pick(reaches, i)) lw 1.8 dt 2, \
             for [i = 1:groups] $POINTS using ($1 == i ? $2 : NaN):5:6:7 axes x1y2 \
                 with yerrorlines lc rgb (single ? orange : hue(i)) lw 1.0 dt 3 pt 5 ps 0.6, \
             $RUNS using ($2 * 0.965):(share($1, $5, $2)):(hue($1)) \
                 with points pt 7 ps 0.22 lc rgb variable, \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? dodge($1, $2) : NaN):(share($1, $8, $2)):(share($1, $9, $2)):(share($1, $10, $2)) \
                 with yerrorbars lc rgb hue(pick(kept, i)) lw 1.6 pt 7 ps 0.8, \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? dodge($1, $2) : NaN):(share($1, $8, $2)):(share($1, $9, $2)):(share($1, $10, $2)) \
                 with yerrorbars lc rgb hue(pick(hollow, i)) lw 1.4 pt 6 ps 0.8
    }
}
