# One run, a lane for each thread, time from left to right.
load 'begin.gp'
load 'legend_parts.gp'
load 'layout.gp'
set xrange [0:longest]
set yrange [lanes - 0.4:(runs > 1 ? -1.8 : -0.9)]
set grid noytics
set xlabel 'seconds since the start'
set ylabel 'thread' offset (plain ? 0 : -2), 0
unset ytics
do for [r = 1:runs] {
    count = value(sprintf('run_lanes%d', r))
    step = count <= 16 ? 1 : count / 8
    do for [i = 0:count - 1:step] {
        at = value(sprintf('run_first%d', r)) + i
        set label sprintf('%d', i) at graph 0, first at right offset -0.8, 0 textcolor rgb ink
    }
    if (runs > 1) {
        set label word('A B C D E F', r) at graph 0, first value(sprintf('run_first%d', r)) - 1.2 \
            right offset -0.8, 0 textcolor rgb ink
    }
}
do for [i = 1:phases] {
    set label value(sprintf('text_phase%d', i)) at first value(sprintf('phase_x%d', i)), \
        first value(sprintf('phase_y%d', i)) - 0.45 center offset 0, 0.5 textcolor rgb vermillion font small
}

do for [pass = 1:passes] {
    load 'pass.gp'
    if (plain) {
        # A box is a character, one for each part; idle time stays empty.
        plot for [k = 0:6] for [used = 1:value(sprintf('part_used%d', k))] $BOXES \
                 using ($5 == k ? ($1 + $2) / 2 : NaN):(($3 + $4) / 2) \
                 with points pt word('r d c z s . S', k + 1) title value(sprintf('part_name%d', k))
    } else {
        plot $BOXES using (($1 + $2) / 2):(($3 + $4) / 2):(($2 - $1) / 2):(($3 - $4) / 2): \
                 (part_hue($5)) with boxxyerror lc rgb variable fs solid 1 noborder
    }
}
