# Speed-up over threads, both axes in powers of two: a straight line is a fixed share of ideal.
load 'begin.gp'
bent = 0
text = base_threads[1] == 1 ? 'ideal: S = '.letter : 'ideal'
kind = 'line'
colour = muted
style = 2
load 'legend_add.gp'
do for [i = 1:(words(attainables) > 0)] {
    text = 'attainable: this machine''s ceiling'
    kind = 'line'
    colour = muted
    style = 1
    load 'legend_add.gp'
}
load 'legend_group.gp'
do for [i = 1:asymptote] {
    text = text_asymptote
    kind = 'line'
    colour = vermillion
    style = 4
    load 'legend_add.gp'
}
load 'layout.gp'

load 'threads.gp'
set logscale y 2
top = asymptote && asymptote_at < 3 * reach ? asymptote_at * 1.25 : 0
top = top > reach * 1.15 ? top : reach * 1.15
top = top > greatest * 1.15 ? top : greatest * 1.15
set yrange [least * 0.85:top]
set ytics (1)
do for [i = 1:16] { if (2**i <= top) { set ytics add (2**i) } }
do for [i = 1:6] { if (2.0**-i >= least * 0.85) { set ytics add (2.0**-i) } }
set ylabel 'speed-up S'

shown = asymptote && asymptote_at < 3 * reach
asymptote_top = asymptote_high < top ? asymptote_high : top
array ends[2]
ends[1] = 0.9
ends[2] = reach * 1.15

do for [pass = 1:passes] {
    load 'pass.gp'
    if (plain) {
        plot for [i = 1:words(curves)] $CURVE \
                 using ($1 == pick(curves, i) && $6 == 0 ? $2 : NaN):3 with points pt '.' notitle, \
             for [i = 1:words(reaches)] $CURVE \
                 using ($1 == pick(reaches, i) && $6 == 1 && int($0) % 8 == 0 ? $2 : NaN):3 \
                 with points pt '.' notitle, \
             [p = 1:reach] '+' using 1:($1 / base_threads[1]) with points pt '/' title 'ideal', \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? $2 : NaN):8 \
                 with points pt (single ? 'o' : word('A B C D E F', pick(kept, i))) \
                 title text_points[pick(kept, i)], \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? $2 : NaN):8 \
                 with points pt (single ? 'x' : word('a b c d e f', pick(hollow, i))) \
                 title 'left out of the fit'
    } else {
        plot for [i = 1:shown] ends using 2:(asymptote_low):(asymptote_top) \
                 with filledcurves fc rgb vermillion fs transparent solid 0.10, \
             for [i = 1:words(bands)] $CURVE \
                 using ($1 == pick(bands, i) && $6 == 0 ? $2 : NaN):4:5 \
                 with filledcurves fc rgb hue(pick(bands, i)) fs transparent solid 0.22, \
             for [i = 1:words(reach_bands)] $CURVE \
                 using ($1 == pick(reach_bands, i) && $6 == 1 ? $2 : NaN):4:5 \
                 with filledcurves fc rgb hue(pick(reach_bands, i)) fs transparent solid 0.10, \
             ends using 2:($2 / base_threads[1]) with lines lc rgb muted dt 2 lw 1.2, \
             for [i = 1:words(attainables)] $POINTS \
                 using ($1 == pick(attainables, i) && $14 > 0 ? $2 : NaN):($14 / base_threads[int($1)]) \
                 with linespoints lc rgb muted lw 1.2 pt 2 ps 0.6, \
             for [i = 1:shown] ends using 2:(asymptote_at) \
                 with lines lc rgb vermillion dt 4 lw 1.4, \
             for [i = 1:words(curves)] $CURVE \
                 using ($1 == pick(curves, i) && $6 == 0 ? $2 : NaN):3 \
                 with lines lc rgb hue(pick(curves, i)) lw 1.8, \
             for [i = 1:words(reaches)] $CURVE \
                 using ($1 == pick(reaches, i) && $6 == 1 ? $2 : NaN):3 \
                 with lines lc rgb hue(pick(reaches, i)) lw 1.8 dt 2, \
             $RUNS using ($2 * 0.965):5:(hue($1)) with points pt 7 ps 0.22 lc rgb variable, \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? dodge($1, $2) : NaN):8:9:10 \
                 with yerrorbars lc rgb hue(pick(kept, i)) lw 1.6 pt 7 ps 0.8, \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? dodge($1, $2) : NaN):8:9:10 \
                 with yerrorbars lc rgb hue(pick(hollow, i)) lw 1.4 pt 6 ps 0.8
    }
}
