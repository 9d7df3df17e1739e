# Residuals. How far each run lies from the fitted law.
# Holds its data: `gnuplot residuals.gp` draws residuals.svg and residuals.png here.
form = 'files'; columns = 0; rows = 0; dark = 0
output = 'residuals'
ink = 0x1b1f24
muted = 0x5a6470
grid = 0xd5dae0
hush = 0xe9ecef
paper = 0xfdfdfd
blue = 0x0072b2
vermillion = 0xd55e00
green = 0x009e73
purple = 0xcc79a7
orange = 0xe69f00
sky = 0x56b4e9
yellow = 0xf0e442
black = 0x000000
white = 0xffffff
text_title = 'Residuals'
text_subtitle = '400 items (5d992d1c84c5), size=64x64 simd=vnni, dynamic,1'
groups = 1
text_caption1 = 'Base: 1 thread, 1.019 s (mean of 24 runs); plain loop without a parallel region, 1.028 s. Law: Amdahl, serial share 3.1 % (1.1 to 5.2). '
text_caption2 = '(measured − fitted) / fitted seconds of each run, from left to right in the order of measuring; bar: mean of the point. 15 to 24 runs a'
text_caption3 = 'point, 49 in all.'
captions = 3
reach = 2
kept = ' 1'
hollow = ' 1'
curves = ' 1'
bands = ' 1'
reaches = ' 1'
reach_bands = ' 1'
attainables = ' 1'
fits = ' 1'
timers = ' 1'
array base_threads[1]
base_threads[1] = 1
array text_points[1]
array text_curve[1]
array text_fit[1]
array text_timers[1]
text_points[1] = 'runs'
text_curve[1] = 'Amdahl, serial share 3.1 % (1.1 to 5.2)'
text_fit[1] = 'fitted share 3.1 % (1.1 to 5.2)'
text_timers[1] = 'serial by timers, one thread: 0.55 %'
limit_at1 = 2; limit_text1 = '2 cores'
limits = 1
# threads, group, mean residual
$MEANS << EOD
1 1 0.0011356
2 1 0.18427
EOD
residual_most = 171.043
# group, threads, kept, seconds, speed-up, (measured - fitted) / fitted, place in the order of runs
$RUNS << EOD
1 2 0 0.530911481 1.918536 0.011923 -0.5
1 1 1 1.00695384 1.011539 -0.010284 -0.5
1 2 1 0.522388039 1.949839 -0.0043231 -0.458
1 1 1 1.02642914 0.9923459 0.0088575 -0.457
1 1 1 1.00274553 1.015784 -0.014421 -0.413
1 2 1 0.534488768 1.905695 0.018741 -0.417
1 2 0 0.515061413 1.977575 -0.018288 -0.375
1 1 1 1.02343441 0.9952497 0.005914 -0.37
1 1 1 1.00360551 1.014913 -0.013575 -0.326
1 2 1 0.53097202 1.918317 0.012038 -0.333
1 1 1 0.999194164 1.019394 -0.017911 -0.283
1 2 1 0.50613771 2.012442 -0.035296 -0.292
1 2 0 0.528372435 1.927755 0.0070832 -0.25
1 1 1 1.01113223 1.007359 -0.0061775 -0.239
1 2 1 0.530292893 1.920774 0.010744 -0.208
1 1 1 1.01310753 1.005395 -0.0042361 -0.196
1 2 0 0.620377037 1.641861 0.18244 -0.167
1 1 1 1.05420991 0.9661954 0.036163 -0.152
1 1 1 1.01705435 1.001493 -0.0003568 -0.109
1 2 0 0.788715963 1.291432 0.5033 -0.125
1 2 0 0.853867819 1.192893 0.62748 -0.0833
1 1 1 1.01853172 1.00004 0.0010953 -0.0652
1 1 1 1.06198226 0.9591241 0.043802 -0.0217
1 2 0 0.92926661 1.096104 0.77119 -0.0417
1 1 1 1.04797329 0.9719453 0.030033 0.0217
1 2 0 0.940684961 1.082799 0.79296 0
1 1 1 1.05458951 0.9658476 0.036536 0.0652
1 2 0 1.34046177 0.7598671 1.5549 0.0417
1 1 1 1.02517998 0.9935551 0.0076297 0.109
1 2 1 0.522187337 1.950589 -0.0047056 0.0833
1 2 1 0.517537739 1.968113 -0.013568 0.125
1 1 1 0.994069288 1.02465 -0.022948 0.152
1 1 1 1.01100886 1.007482 -0.0062988 0.196
1 2 1 0.530533788 1.919902 0.011203 0.167
1 2 1 0.536664444 1.89797 0.022888 0.208
1 1 1 0.982040836 1.0372 -0.034771 0.239
1 2 1 0.505457871 2.015149 -0.036592 0.25
1 1 1 0.981821028 1.037432 -0.034987 0.283
1 1 1 0.996698284 1.021947 -0.020364 0.326
1 2 1 0.50505741 2.016746 -0.037355 0.292
1 1 1 0.989261863 1.029629 -0.027674 0.37
1 2 1 0.511156763 1.992682 -0.02573 0.333
1 1 1 1.02290328 0.9957664 0.005392 0.413
1 2 0 0.584802817 1.741737 0.11464 0.375
1 1 1 1.02984386 0.9890555 0.012214 0.457
1 2 1 0.576017629 1.768301 0.097895 0.417
1 1 1 1.07197541 0.9501829 0.053624 0.5
1 2 1 0.531938021 1.914834 0.013879 0.458
1 2 1 0.540045087 1.886088 0.029331 0.5
EOD

# How far each run lies from the law, in per cent; within a point in the order of measuring.
# Ground of every figure: what is drawn where, colours, and an empty legend.
set encoding utf8
plain = form eq 'terminal'      # characters: no fills, title and caption are printed around it
files = form eq 'files'         # with title and caption; pages have their own
phone = form eq 'phone'
single = groups == 1

# Groups and parts have colours by number.
hue(g) = value(word('blue vermillion green purple orange sky', int(g)))
part_hue(i) = value(sprintf('part_colour%d', int(i)))

# The i-th number of a list; where a group's points stand, so that bars do not hide each other.
pick(list, i) = words(list) < i ? 1 : int(word(list, i))
dodge(g, p) = p * 2 ** (single ? 0 : (g - (groups + 1) / 2.0) * 0.06)

# Entries are added by legend_add.gp: text, kind (line, point, bar, box), colour, dash or symbol.
entries = 0
array legend_text[40]
array legend_kind[40]
array legend_colour[40]
array legend_style[40]
do for [i = 1:words(kept)] {
    text = text_points[pick(kept, i)]
    kind = 'point'
    colour = hue(pick(kept, i))
    style = 7
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
}
do for [i = 1:(words(hollow) > 0)] {
    text = 'left out of the fit'
    kind = 'point'
    colour = single ? blue : muted
    style = 6
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
}
text = 'mean of the point'
kind = 'line'
colour = single ? blue : muted
style = 1
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
# Sizes in pixels, margins, axes, title, legend and caption, now that the legend is known.
width = phone ? 400 : files ? 840 : 760
size = phone ? 14 : 13
longest_text = 1
do for [i = 1:entries] {
    if (strlen(legend_text[i]) > longest_text) { longest_text = strlen(legend_text[i]) }
}
cell = 44 + longest_text * (files ? 7.6 : 7.1) * size / 13
legend_columns = int((width - 24) / cell)
legend_columns = legend_columns < 1 ? 1 : legend_columns > 4 ? 4 : legend_columns
legend_rows = int(ceil(entries * 1.0 / legend_columns))
head = files ? 72 : 14
above = head + 20 * legend_rows + 14
below = 62 + (exists('slots') && slots ? 16 : 0) + (files ? 12 + 16 * captions : 0)
height = above + below + (phone ? 300 : 370)
left = phone ? 60 : 76
right = phone ? 14 : 26
passes = files && strstrt(GPVAL_TERMINALS, ' pngcairo ') ? 2 : 1

# From pixels to parts of the screen.
x_of(pixels) = pixels * 1.0 / width
y_of(pixels) = 1 - pixels * 1.0 / height
small = sprintf('sans-serif,%d', size - 2)

set style fill solid 1.0 noborder
set errorbars small
set tics nomirror scale 0.6 textcolor rgb ink
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
if (plain) {
    set border 3
    set key below center vertical maxrows 4 Left reverse samplen 2 width -2
} else {
    set border 3 lc rgb muted lw 1
    set grid xtics ytics back lt 1 lc rgb grid lw 0.7
    set lmargin at screen x_of(left)
    set rmargin at screen x_of(width - right)
    set tmargin at screen y_of(above)
    set bmargin at screen below * 1.0 / height
    unset key
}
do for [i = 1:(plain ? 0 : entries)] {
    at_x = 14 + cell * ((i - 1) / legend_rows)
    at_y = head + 20 * ((i - 1) % legend_rows)
    if (legend_kind[i] eq 'line') {
        set arrow from screen x_of(at_x), y_of(at_y) to screen x_of(at_x + 26), y_of(at_y) \
            nohead lt 1 lc rgb legend_colour[i] dt legend_style[i] lw 1.8 front
    }
    if (legend_kind[i] eq 'bar') {
        set arrow from screen x_of(at_x + 13), y_of(at_y - 8) \
            to screen x_of(at_x + 13), y_of(at_y + 8) nohead lc rgb legend_colour[i] lw 1.6
    }
    if (legend_kind[i] eq 'bar' || legend_kind[i] eq 'point') {
        set label '' at screen x_of(at_x + 13), y_of(at_y) point pt legend_style[i] \
            ps (legend_kind[i] eq 'bar' ? 0.8 : 0.6) lc rgb legend_colour[i] front
    }
    if (legend_kind[i] eq 'box') {
        set object rectangle from screen x_of(at_x + 4), y_of(at_y + 5) \
            to screen x_of(at_x + 26), y_of(at_y - 5) fc rgb legend_colour[i] fs solid 1 noborder
    }
    set label legend_text[i] at screen x_of(at_x + 34), y_of(at_y) textcolor rgb ink
}
if (files) {
    set label text_title at screen x_of(16), y_of(24) font sprintf('sans-serif,%d', size + 5) \
        textcolor rgb ink
    set label text_subtitle at screen x_of(16), y_of(47) textcolor rgb muted
    do for [i = 1:captions] {
        set label value(sprintf('text_caption%d', i)) \
            at screen x_of(16), y_of(height - 10 - 16 * (captions - i)) font small \
            textcolor rgb muted
    }
}
# The axis of threads in powers of two, with lines at what the machine has.
set logscale x 2
set xrange [0.88:reach * 1.15]
set xtics (1)
do for [i = 1:16] { if (2**i <= reach * 1.15) { set xtics add (2**i) } }
set xlabel 'threads p'
do for [i = 1:limits] {
    at = value(sprintf('limit_at%d', i))
    set arrow from at, graph 0 to at, graph 1 nohead lc rgb muted dt 3 lw 1 back
    if (!plain) {
        set label value(sprintf('limit_text%d', i)) at at, graph 0.015 rotate by 90 \
            offset character -0.9, 0 font small textcolor rgb muted
    }
}
set xrange [0.76:reach * 1.3]
set yrange [-residual_most:residual_most]
set ylabel '(measured − fitted) / fitted, %'
set arrow from graph 0, first 0 to graph 1, first 0 nohead lc rgb ink lw 1 back

spread(p, place) = p * 2 ** (place * 0.36)
do for [pass = 1:passes] {
    # Where this pass draws: characters, or SVG first and then PNG.
    if (plain) {
        set terminal dumb nofeed size columns, rows noenhanced mono
    } else {
        ground = sprintf('#%06x', paper)
        font = sprintf('sans-serif,%d', size)
        if (pass == 2) {
            set terminal pngcairo size 2 * width, 2 * height font font fontscale 1.5 \
                linewidth 2 pointscale 2 noenhanced background ground
        }
        if (pass == 1) {
            set terminal svg size width, height dynamic font font noenhanced background ground
        }
        if (files) { set output output.(pass == 1 ? '.svg' : '.png') }
    }
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
