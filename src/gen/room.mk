# SPDX-License-Identifier: MIT
gen_SRCS := appliance.c calls.c check.c config.c doc.c elf.c file.c kconfig.c kernel.c main.c merge.c \
	payload.c place.c profile.c profile_apply.c report.c root.c seccomp.c seccomp_group.c \
	seccomp_policy.c seccomp_prove.c seccomp_reference.c seccomp_run.c \
	seccomp_tree.c seccomp_list.c seccomp_wall.c staged.c svc.c table.c tree.c unit.c users.c views.c wrap.c
gen_PROG := jail-gen
gen_USES := base conf
gen_FLAVOURS := host
gen_LIBS := libseccomp yyjson
