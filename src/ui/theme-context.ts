/** Owns how components come by the theme. */
import { createContext, useContext } from 'react';
import { colourWanted, createTheme, type Theme } from './theme.ts';

/** The app may set it (for `--no-color`); what the environment asks for holds otherwise. */
export const ThemeContext = createContext<Theme>(createTheme(colourWanted(process.env)));

export function useTheme(): Theme {
  return useContext(ThemeContext);
}
