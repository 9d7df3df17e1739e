# How far each run lies from the law, in per cent; within a point in the order of measuring.
load 'begin.gp'
do for [i = 1:words(kept)] {
    text = text_points[pick(kept, i)]
    kind = 'point'
    colour = hue(pick(kept, i))
    style = 7
    load 'legend_add.gp'
}
do for [i = 1:(words(hollow) > 0)] {
    text = 'left out of the fit'
    kind = 'point'
    colour = single ? blue : muted
    style = 6
    load 'legend_add.gp'
}
text = 'mean of the point'
kind = 'line'
colour = single ? blue : muted
style = 1
load 'legend_add.gp'
load 'layout.gp'
load 'threads.gp'
set xrange [0.76:reach * 1.3]
set yrange [-residual_most:residual_most]
set ylabel '(measured − fitted) / fitted, %'
set arrow from graph 0, first 0 to graph 1, first 0 nohead lc rgb ink lw 1 back

spread(p, place) = p * 2 ** (place * 0.36)
do for [pass = 1:passes] {
    load 'pass.gp'
    if (plain) {
        plot for [i = 1:words(kept)] $RUNS \
                 using ($1 == pick(kept, i) && $3 == 1 ? spread($2, $7) : NaN):(100 * $6) \
                 with points pt (single ? 'o' : word('A B C D E F', pick(kept, i))) \
                 title text_points[pick(kept, i)], \
             for [i = 1:words(hollow)] $RUNS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? spread($2, $7) : NaN):(100 * $6) \
                 with points pt 'x' title (i == 1 ? 'left out of the fit' : '')
    } else {
        plot $MEANS using 1:(100 * $3):(spread($1, -0.62)):(spread($1, 0.62)):(hue($2)) \
                 with xerrorbars pt 0 lw 1.6 lc rgb variable, \
             for [i = 1:words(kept)] $RUNS \
                 using ($1 == pick(kept, i) && $3 == 1 ? spread($2, $7) : NaN):(100 * $6) \
                 with points pt 7 ps 0.6 lc rgb hue(pick(kept, i)), \
             for [i = 1:words(hollow)] $RUNS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? spread($2, $7) : NaN):(100 * $6) \
                 with points pt 6 ps 0.6 lc rgb hue(pick(hollow, i))
    }
}
