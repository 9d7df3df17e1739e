# Predicted speed-up over threads: a curve for each schedule, between what any greedy schedule
# keeps and what none can beat; measured runs as points over it.
load 'begin.gp'
text = 'ideal: S = p'
kind = 'line'
colour = muted
style = 2
load 'legend_add.gp'
text = 'work-span bounds of a greedy schedule'
kind = 'box'
colour = grid
style = 0
load 'legend_add.gp'
do for [i = 1:groups] {
    text = text_schedule[i]
    kind = 'line'
    colour = hue(i)
    style = i == 1 ? 1 : i + 2
    load 'legend_add.gp'
}
do for [i = 1:(curved > 0)] {
    text = 'measured: median and range'
    kind = 'bar'
    colour = ink
    style = 7
    load 'legend_add.gp'
}
do for [i = 1:(measured > curved)] {
    text = 'measured with another schedule or order'
    kind = 'bar'
    colour = muted
    style = 6
    load 'legend_add.gp'
}
load 'layout.gp'
load 'threads.gp'
set logscale y 2
top = greatest * 1.25
set yrange [least * 0.85:top]
set ytics (1)
do for [i = 1:16] { if (2**i <= top) { set ytics add (2**i) } }
do for [i = 1:6] { if (2.0**-i >= least * 0.85) { set ytics add (2.0**-i) } }
set ylabel 'speed-up S'
dash(i) = i == 1 ? 1 : i + 2
array ends[2]
ends[1] = 0.9
ends[2] = reach * 1.15

do for [pass = 1:passes] {
    load 'pass.gp'
    if (plain) {
        plot [p = 1:reach] '+' using 1:($1 < top ? $1 : NaN) with points pt '/' title 'ideal', \
             for [i = 1:groups] $CURVE using ($1 == groups + 1 - i ? $2 : NaN):3 \
                 with points pt word('A B C D E F', groups + 1 - i) \
                 title text_schedule[groups + 1 - i], \
             for [i = 1:(measured > 0)] $MEASURED using 2:3 with points pt 'o' title 'measured'
    } else {
        plot $BOUND using 1:2:3 with filledcurves fc rgb grid fs transparent solid 0.55, \
             ends using 2:2 with lines lc rgb muted dt 2 lw 1.2, \
             for [i = 1:groups] $CURVE using ($1 == i ? $2 : NaN):3 \
                 with lines lc rgb hue(i) lw 1.8 dt dash(i), \
             for [i = 1:(measured > 0)] $MEASURED \
                 using ($1 == 0 ? $2 : NaN):3:4:5 with yerrorbars lc rgb muted lw 1.4 pt 6 ps 0.8, \
             for [i = 1:(measured > 0)] $MEASURED \
                 using ($1 > 0 ? dodge($1, $2) : NaN):3:4:5:(hue($1 > 0 ? $1 : 1)) \
                 with yerrorbars lc rgb variable lw 1.6 pt 7 ps 0.8
    }
}
