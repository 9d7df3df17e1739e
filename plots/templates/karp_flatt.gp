# The serial share that each point would have under Amdahl's law, after Karp and Flatt.
load 'begin.gp'
bent = 1
load 'legend_group.gp'
do for [i = 1:words(fits)] {
    text = text_fit[pick(fits, i)]
    kind = 'line'
    colour = hue(pick(fits, i))
    style = 1
    load 'legend_add.gp'
}
do for [i = 1:words(timers)] {
    text = text_timers[pick(timers, i)]
    kind = 'line'
    colour = single ? vermillion : hue(pick(timers, i))
    style = 3
    load 'legend_add.gp'
}
load 'layout.gp'
load 'threads.gp'
set xrange [1.6:reach * 1.2]
set yrange [share_low:share_high]
set ylabel 'apparent serial share e'
set format y '%g'
set arrow from graph 0, first 0 to graph 1, first 0 nohead lc rgb muted lw 1 back

do for [pass = 1:passes] {
    load 'pass.gp'
    if (plain) {
        plot for [i = 1:words(fits)] $SHARES using ($1 == pick(fits, i) ? $2 : NaN):3 \
                 with lines title text_curve[pick(fits, i)], \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? $2 : NaN):11:12:13 \
                 with yerrorbars pt (single ? 'o' : word('A B C D E F', pick(kept, i))) \
                 title text_points[pick(kept, i)], \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? $2 : NaN):11 \
                 with points pt (single ? 'x' : word('a b c d e f', pick(hollow, i))) \
                 title (i == 1 ? 'left out of the fit' : '')
    } else {
        plot for [i = 1:words(fits)] $SHARES using ($1 == pick(fits, i) ? $2 : NaN):4:5 \
                 with filledcurves fc rgb hue(pick(fits, i)) fs transparent solid 0.15, \
             for [i = 1:words(fits)] $SHARES using ($1 == pick(fits, i) ? $2 : NaN):3 \
                 with lines lc rgb hue(pick(fits, i)) lw 1.6, \
             for [i = 1:words(timers)] $SHARES using ($1 == pick(timers, i) ? $2 : NaN):6 \
                 with lines lc rgb (single ? vermillion : hue(pick(timers, i))) dt 3 lw 1.8, \
             for [i = 1:words(curves)] $CURVE \
                 using ($1 == pick(curves, i) && $2 > 1.5 && $6 == 0 ? $2 : NaN): \
                 ((1 / $3 - 1 / $2) / (1 - 1 / $2)) \
                 with lines lc rgb hue(pick(curves, i)) dt 2 lw 1.6, \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? dodge($1, $2) : NaN):11:12:13 \
                 with yerrorbars lc rgb hue(pick(kept, i)) lw 1.6 pt 7 ps 0.8, \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? dodge($1, $2) : NaN):11:12:13 \
                 with yerrorbars lc rgb hue(pick(hollow, i)) lw 1.4 pt 6 ps 0.8
    }
}
