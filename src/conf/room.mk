# SPDX-License-Identifier: MIT
conf_SRCS := cgroup.c check.c check_order.c check_pairs.c check_row.c enums.c keys.c line.c names.c \
	print.c record.c table.c valid.c value.c value_list.c value_node.c value_number.c \
	value_text.c
