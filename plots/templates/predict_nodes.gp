# Predicted speed-up over nodes, both on logarithmic axes: the curve below the ideal, what evenly
# shared loops would bring, what the file system allows, and the knee; measured sets as points over it.
load 'begin.gp'
text = 'ideal: S = n'
kind = 'line'
colour = muted
style = 2
load 'legend_add.gp'
text = bounded ? 'evenly shared, bytes without limit' : 'evenly shared'
kind = 'box'
colour = grid
style = 0
load 'legend_add.gp'
text = 'predicted'
kind = 'line'
colour = hue(1)
style = 1
load 'legend_add.gp'
do for [i = 1:bounded] {
    text = text_bound
    kind = 'line'
    colour = hue(2)
    style = 4
    load 'legend_add.gp'
}
do for [i = 1:(measured > 0)] {
    text = 'measured: median and range'
    kind = 'bar'
    colour = ink
    style = 7
    load 'legend_add.gp'
}
load 'layout.gp'
set logscale xy 10
top = greatest * 1.6
set xrange [0.88:reach * 1.25]
set yrange [least * 0.85:top]
set xtics (1)
set ytics (1)
do for [i = -4:4] {
    do for [digit in '1 2 5'] {
        at = digit * 10.0**i
        if (at <= reach * 1.25 && at > 1 && (reach < 2000 || digit != 5)) {
            set xtics add (sprintf('%g', at) at)
        }
        if (at <= top && at >= least * 0.85 && at != 1) { set ytics add (sprintf('%g', at) at) }
    }
}
set xlabel 'nodes n'
set ylabel 'speed-up S over one node'
array ends[2]
ends[1] = 0.9
ends[2] = reach * 1.25
if (kneed) {
    set arrow from knee, graph 0 to knee, graph 1 nohead lc rgb muted dt 3 lw 1 back
    if (!plain) {
        set label sprintf('knee: %d nodes', knee) at knee, graph 0.03 rotate by 90 \
            offset character -0.9, 0 font small textcolor rgb muted
    }
}

do for [pass = 1:passes] {
    load 'pass.gp'
    if (plain) {
        plot [p = 1:reach] '+' using 1:($1 < top ? $1 : NaN) with points pt '/' title 'ideal', \
             for [i = 1:bounded] $CURVE using 1:($4 < top ? $4 : NaN) \
                 with points pt '=' title text_bound, \
             $CURVE using 1:2 with points pt 'A' title 'predicted', \
             for [i = 1:(measured > 0)] $MEASURED using 1:2 with points pt 'o' title 'measured'
    } else {
        plot $CURVE using 1:2:3 with filledcurves fc rgb grid fs transparent solid 0.75, \
             ends using 2:2 with lines lc rgb muted dt 2 lw 1.2, \
             $CURVE using 1:2 with lines lc rgb hue(1) lw 2, \
             for [i = 1:bounded] $CURVE using 1:4 with lines lc rgb hue(2) dt 4 lw 1.6, \
             $CURVE using ($6 > 0 ? $1 : NaN):2 with points lc rgb hue(1) pt 7 ps 0.45, \
             $CURVE using ($5 > 0 && kneed > 0 ? $1 : NaN):2 with points lc rgb hue(1) pt 6 ps 1.5 lw 1.6, \
             for [i = 1:(measured > 0)] $MEASURED using 1:2:3:4 \
                 with yerrorbars lc rgb ink lw 1.6 pt 7 ps 0.8
    }
}
