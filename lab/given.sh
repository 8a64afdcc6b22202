# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of who sources it
#
# given.sh - the tree that is given, which is only read: . lab/given.sh
#
#   given          git, in $tree
#   commit_of      the hash of a name there
#   look_at_tree   $base_hash and $new_hash of $base and $new, if all is well
#
# For messages it is what $called says.

# Nothing of whoever calls us (git bisect run, a hook) is about these trees.
# shellcheck disable=SC2046 # names of variables
unset $(git rev-parse --local-env-vars 2>/dev/null) MAKEFLAGS MAKELEVEL \
	CROSS_COMPILE KCONFIG_CONFIG KCFLAGS KBUILD_OUTPUT GNUMAKEFLAGS \
	MAKEFILES KCPPFLAGS KAFLAGS LLVM LLVM_IAS
export GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0

given() {
	git -C "$tree" -c core.fsmonitor=false "$@"
}

commit_of() { # NAME: its hash
	local hash shallow=''

	hash=$(given rev-parse -q --verify "$1^{commit}" 2>/dev/null) && {
		echo "$hash"
		return
	}
	[ "$(given rev-parse --is-shallow-repository)" != true ] ||
		shallow=" (it is a shallow clone: git fetch --deepen=N gets more)"
	bad "$called: no commit '$1'$shallow; expected a commit, branch or tag"
}

look_at_tree() {
	local said

	said=$(given rev-parse --is-bare-repository 2>&1) ||
		bad "$called: not a git tree: ${said%%$'\n'*}"
	[ "$said" != true ] || bad "$called: a bare repository; expected a \
tree with its files, such as one made by git clone"
	[ "$(given rev-parse --is-inside-work-tree)" = true ] || bad "$called: \
inside of the git directory of a tree; expected the tree"
	base_hash=$(commit_of "$base") || exit
	[ -z "$new" ] || new_hash=$(commit_of "$new") || exit
	given cat-file -e "$base_hash:kernel/fork.c" 2>/dev/null || bad \
		"$called: '$base' has no kernel/fork.c; expected a tree \
of the kernel"
	[ -z "$committed" ] || return 0
	said=$(given status --porcelain --untracked-files=no) || exit 1
	[ -z "$said" ] || bad "$called: uncommitted changes in \
$(head -n 1 <<<"$said" | cut -c4-) (files: $(wc -l <<<"$said")); expected \
none: commit them, or leave them out with --committed"
}
