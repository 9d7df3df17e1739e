# The axis of threads in powers of two, with lines at what the machine has.
set logscale x 2
set xrange [0.88:reach * 1.15]
set xtics (1)
do for [i = 1:16] { if (2**i <= reach * 1.15) { set xtics add (2**i) } }
set xlabel axis
do for [i = 1:limits] {
    at = value(sprintf('limit_at%d', i))
    set arrow from at, graph 0 to at, graph 1 nohead lc rgb muted dt 3 lw 1 back
    if (!plain) {
        set label value(sprintf('limit_text%d', i)) at at, graph 0.015 rotate by 90 \
            offset character -0.9, 0 font small textcolor rgb muted
    }
}
