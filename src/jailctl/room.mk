# SPDX-License-Identifier: MIT
jailctl_SRCS := change.c client.c complain.c inspect.c json.c logs.c main.c show.c terminal.c verify.c
jailctl_PROG := jailctl
jailctl_USES := base conf ipc
$(foreach f,$(FLAVOURS),$(eval $(O)/$(f)/obj/jailctl/main.o: $(f)_CFLAGS += -DJAILINIT_VERSION='"$$(VERSION)"'))
