# Where the threads went. The whole of p threads: what was achieved, and what was lost to what.
# Holds its data: `gnuplot ledger.gp` draws ledger.svg and ledger.png here.
form = 'files'; columns = 0; rows = 0; dark = 0
output = 'ledger'
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
text_title = 'Where the threads went'
text_subtitle = '400 items (5d992d1c84c5), size=64x64 simd=vnni, dynamic,1'
groups = 1
text_caption1 = 'p = speed-up (on top of each bar) + what was lost, exactly (after Eyerman and others, 2012). Serial phases: threads without work in them.'
text_caption2 = 'Imbalance: waiting for the busiest thread. Waiting: all other waiting inside the region (overhead). Slower work: the same work took longer'
text_caption3 = '(inflation); below zero it took less.'
text_caption4 = 'Base: 1 thread, 1.019 s (mean of 24 runs); plain loop without a parallel region, 1.028 s. '
text_caption5 = '15 to 24 runs a point, 49 in all.'
captions = 5
parts = 6; marked = 0; base_whole = 1
part_name0 = 'achieved'; part_colour0 = blue; part_ink0 = white; part_used0 = 1
part_name1 = 'serial phases'; part_colour1 = vermillion; part_ink1 = white; part_used1 = 1
part_name2 = 'imbalance'; part_colour2 = orange; part_ink2 = black; part_used2 = 1
part_name3 = 'waiting'; part_colour3 = purple; part_ink3 = black; part_used3 = 1
part_name4 = 'slower work, parallel'; part_colour4 = sky; part_ink4 = black; part_used4 = 1
part_name5 = 'slower work, serial'; part_colour5 = yellow; part_ink5 = black; part_used5 = 1
lowest = -0.000507855; highest = 1.00051
slot_at1 = 0; slot_text1 = '1'
slot_at2 = 1; slot_text2 = '2'
slots = 0; last_place = 1
# place, part, from, to, size as a share of the highest
$PARTS << EOD
0 0 0 1 1
1 0 0 0.966892 0.967
1 1 0.966892 0.971706 0.00481
1 2 0.971706 0.973758 0.00205
1 3 0.973758 0.976978 0.00322
1 4 0.976978 1.00051 0.0235
1 5 -0.000507855 0 0.000508
EOD
# place, top, marker, text above, text below
$BARS << EOD
0 1 NaN "S = 1" "1"
1 1.00051 NaN "S = 1.93" "2"
EOD

# The whole of p threads: what was achieved, and what was lost to what. Each bar is p divided by p.
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
# The parts of bars and lanes that occur.
do for [k = 0:parts - 1] {
    if (value(sprintf('part_used%d', k))) {
        text = value(sprintf('part_name%d', k))
        kind = 'box'
        colour = part_hue(k)
        style = 0
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
    }
}
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

set xrange [-0.6:last_place + 0.6]
set yrange [lowest < 0 ? lowest * 1.1 : 0:highest * 1.1]
set ytics ('0 %%' 0, '20 %%' 0.2, '40 %%' 0.4, '60 %%' 0.6, '80 %%' 0.8, '100 %%' 1)
set grid noxtics
set xlabel 'threads p' offset 0, (slots && !plain ? -0.8 : 0)
set ylabel 'share of p threads'
# With several groups the bars are lettered, and the numbers of threads stand below.
do for [i = 1:(plain ? 0 : slots)] {
    set label value(sprintf('slot_text%d', i)) at first value(sprintf('slot_at%d', i)), \
        screen (below - 38) * 1.0 / height center textcolor rgb ink
}
part_format = '%.0f %%'
part_scale = 100.0
set arrow from graph 0, first 0 to graph 1, first 0 nohead lc rgb ink lw 1 front

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
    # Bars of parts, the size of a part written in it where there is room.
    if (plain) {
        plot $PARTS using 1:(($3 + $4) / 2):(0.4):(($4 - $3) / 2) with boxxyerror notitle, \
             $PARTS using 1:(($3 + $4) / 2):($5 < 0.08 ? '' : \
             sprintf('%s', value(sprintf('part_name%d', int($2))))) with labels notitle, \
             $BARS using 1:2:xtic(5) with points pt '=' notitle
    } else {
        plot $PARTS using 1:(($3 + $4) / 2):(0.41):(($4 - $3) / 2):(part_hue($2)) \
                 with boxxyerror lc rgb variable fs solid 1 border lc rgb paper, \
             $PARTS using 1:(($3 + $4) / 2): \
                 ($5 < 0.045 ? '' : sprintf(part_format, ($4 - $3) * part_scale)): \
                 (value(sprintf('part_ink%d', int($2)))) \
                 with labels font small tc rgb variable, \
             $BARS using 1:2:4 with labels offset 0, 0.6 tc rgb ink, \
             $BARS using 1:2:xtic(5) with points pt 0, \
             for [i = 1:marked] $BARS using 1:3 with points pt 12 ps 1 lc rgb ink
    }
}
