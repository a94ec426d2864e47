# SPDX-License-Identifier: GPL-2.0-only OR MIT
# bash completion for vgetrandom(1). Needs nothing of the package bash-completion.

_vgetrandom() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} i
	local verb=${COMP_WORDS[1]} words=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "probe inspect fill run bench --help --version" -- "$word")
		return
	fi
	if [ "$before" = --provider ]; then
		words=$("${COMP_WORDS[0]}" probe --list 2>/dev/null | cut -d ' ' -f 1)
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		return
	fi
	case $verb in
	probe) words="--json --list --help" ;;
	inspect) words="--self --watch --looks --mapping --json --help" ;;
	fill)
		if [ "$before" = --output ]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
		fi
		words="--output --bytes --jobs --force --provider --progress --help"
		;;
	bench) words="--help" ;;
	run)
		# After the options a command, and after that whatever it takes.
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			--provider) ((i++)) ;;
			--) break ;;
			-*) ;;
			*)
				mapfile -t COMPREPLY < <(compgen -f -- "$word")
				return
				;;
			esac
		done
		words="--provider --stats --allow-without --help"
		if [[ $word != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
			return
		fi
		;;
	esac
	if [ "$verb" = inspect ] && [[ $word != -* ]]; then
		words=$(cd /proc && printf '%s ' [0-9]*)
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _vgetrandom vgetrandom
