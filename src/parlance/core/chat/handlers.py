"""Which function handles which operation on saved chats."""

from __future__ import annotations

from parlance.core.chat import chat_handlers, single_turns, turn_handlers
from parlance.core.chat import chat_operations as chat
from parlance.core.chat import turn_operations as turn
from parlance.core.operation import Handles

AREA: Handles = {
    chat.CreateChat: chat_handlers.create_chat,
    chat.ReadChat: chat_handlers.read_chat,
    chat.ShowChat: chat_handlers.show_chat,
    chat.ListChats: chat_handlers.list_chats,
    chat.CountChats: chat_handlers.count_chats,
    chat.UpdateChat: chat_handlers.update_chat,
    chat.MoveChat: chat_handlers.move_chat,
    chat.DeleteChat: chat_handlers.delete_chat,
    chat.ClearChats: chat_handlers.clear_chats,
    turn.SendTurn: turn_handlers.send_turn,
    turn.Regenerate: turn_handlers.regenerate,
    turn.EditTurn: turn_handlers.edit_turn,
    turn.ContinueTurn: turn_handlers.continue_turn,
    turn.StopChat: turn_handlers.stop_chat,
    turn.DeleteTurn: turn_handlers.delete_turn,
    turn.ShowTurn: single_turns.show_turn,
    turn.LiftTurn: single_turns.lift_turn,
    turn.RateTurn: turn_handlers.rate_turn,
}
