# Ground of every figure: what is drawn where, colours, and an empty legend.
set encoding utf8
plain = form eq 'terminal'      # characters: no fills, title and caption are printed around it
files = form eq 'files'         # with title and caption; pages have their own
phone = form eq 'phone'
single = groups == 1
axis = exists('axis') ? axis : 'threads p'
letter = exists('letter') ? letter : 'p'

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
